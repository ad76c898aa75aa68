import { nullSuites } from '../../../firewalls/null-suites';
import { suiteName } from '../../evidence/suite-names';
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
          : `only ${offered.map(suiteName).join(', ')} offered`,
    }),
    rule({
      id: 'suite-of-the-offer',
      clause: 'RFC 5246 7.4.1.3',
      level: 'MUST',
      says: 'The server chooses one of the suites that were offered.',
      of: 'handshake',
      about: ({ chosen }) => chosen !== undefined,
      breaks: ({ offered, chosen = 0 }) =>
        offered.includes(chosen) ? undefined : `${suiteName(chosen)} was chosen, and not offered`,
    }),
    rule({
      id: 'server-name-asked',
      clause: 'RFC 6066 3',
      level: 'SHOULD',
      says: 'A ClientHello asks for the server by its name.',
      of: 'handshake',
      breaks: ({ serverName }) => (serverName === undefined ? 'ClientHello without server_name' : undefined),
    }),
    rule({
      id: 'certificate-common-name',
      clause: 'TS 33.203 O.5.1',
      isLookedUp: true,
      level: 'SHALL',
      says: 'The common name of a server’s certificate is its FQDN.',
      of: 'handshake',
      about: ({ certificate, serverName }) => certificate !== undefined && serverName !== undefined,
      breaks: ({ certificate, serverName }) =>
        certificate!.commonName === serverName
          ? undefined
          : `${serverName} has the common name ${certificate!.commonName}`,
    }),
    rule({
      id: 'certificate-dns-name',
      clause: 'TS 33.203 O.5.1',
      level: 'SHALL',
      says: 'The subjectAltName of a server’s certificate has its FQDN.',
      of: 'handshake',
      about: ({ certificate, serverName }) => certificate !== undefined && serverName !== undefined,
      breaks: ({ certificate, serverName }) =>
        certificate!.dnsNames.includes(serverName!)
          ? undefined
          : `${serverName} has the subjectAltName ${certificate!.dnsNames.join(', ') || 'none'}`,
    }),
    rule({
      id: 'unknown-authority-refused',
      clause: 'RFC 5922 7.3',
      level: 'MUST',
      says: 'A client goes on only with a certificate that an authority has signed which it trusts.',
      of: 'handshake',
      about: ({ isTrusted, certificate }) => certificate !== undefined && isTrusted !== undefined,
      breaks: ({ isTrusted, wentOn, certificate, serverName }) =>
        isTrusted || !wentOn
          ? undefined
          : `the certificate of ${serverName ?? certificate!.commonName}, which nobody vouches for whom the UE trusts, was accepted`,
    }),
    rule({
      id: 'tls-before-sip',
      clause: 'TR 33.830 8.3',
      level: 'SHALL',
      says: 'On a connection to a port of TLS no SIP comes outside of it.',
      of: 'message',
      about: ({ transport, source, destination }) =>
        transport !== 'udp' && [source.port, destination.port].some((port) => tlsPorts.has(port)),
      breaks: ({ transport, startLine }) => (transport === 'tcp' ? `${startLine} without TLS` : undefined),
    }),
  ],
};

/** RFC 3261 19.1.2, and the port of HTTPS. */
const tlsPorts: ReadonlySet<number> = new Set([5061, 443]);

/** Numbers that stand among the suites and are none: RFC 5746 3.3 and RFC 7507 2. */
const signalling: ReadonlySet<number> = new Set([0x00ff, 0x5600]);
