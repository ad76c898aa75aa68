import { nullSuites } from '../../../firewalls/null-suites';
import { rule, type Topic } from '../rule';

/** SIP and TURN in TLS: TS 33.203 Annexes O and W.3. */
export const tls: Topic = {
  title: 'TLS',
  rules: [
    rule({
      id: 'non-null-suite-offered',
      clause: 'TS 33.203 O.2.1',
      isLookedUp: true,
      level: 'SHALL',
      says: 'A ClientHello offers at least one cipher suite that encrypts.',
      of: 'handshake',
      breaks: ({ offered }) =>
        offered.some((suite) => !nullSuites.has(suite) && !signalling.has(suite))
          ? undefined
          : `only ${offered.map((suite) => `0x${suite.toString(16).padStart(4, '0')}`).join(', ')} offered`,
    }),
  ],
};

/** Numbers that stand among the suites and are none: RFC 5746 3.3 and RFC 7507 2. */
const signalling: ReadonlySet<number> = new Set([0x00ff, 0x5600]);
