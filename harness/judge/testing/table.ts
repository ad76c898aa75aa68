import { rungId, type Rung, type Step, type SuiteId } from '../../../ladder';
import { toPcscf, toTurn } from '../../../ladder/testing/rungs';

/**
 * The firewall table of the texts, written down rung by rung; nothing in it is computed from the knobs. P
 * passes; N passes unless the suite is NULL; . is not tried, as there is no proxy. The other rungs are refused,
 * and the mark tells by which rule (`refusals`).
 * - 0 blocks nothing; closed lets nothing through.
 * - 1 is an NAPT. At step 1 the UE asks for answers by `rport` (RFC 3581), and they come. It is registered when it can
 *   be reached, and the NOTIFY of its registration goes to its Contact (RFC 3261 12.2.1.1), an address behind the NAPT
 *   that means nothing in front of it. At step 2 that goes back over the flow (RFC 5626); TLS and TURN answer on the
 *   connection or the 5-tuple.
 * - 2 drops ESP and AH, which Digest does not use.
 * - 3 blocks 5060 and 5061: for registration only 443 is left. TURN has other ports.
 * - 4 and 5 pass no UDP that SIP or TURN uses. So SIP over UDP meets the rule on UDP, and SIP over TLS the one
 *   on the SIP ports; TURN over TCP and TLS is left.
 * - 6 passes 80 and 443.
 * - 7 wants HTTP on 80, and TURN over TCP is no HTTP (TS 33.203 W.3.1.3).
 * - 8 lets only the proxy out, whatever the packets of others carry, and the proxy opens 443 (W.3.3).
 * - 9 reads what a NULL suite leaves readable (the CR: an encrypting suite passes 1-9, a NULL suite 1-8).
 * - The interceptor presents its own certificate, which the UE must refuse with any suite.
 */
const table = `
               register                                              relay
               1 udp:5060 2 udp:5060 2 tls:5061 3 tls:443 3 connect:443 2 udp:3478 2 tcp:3478 2 tls:5349 3 tcp:80 3 tls:443 3 connect:443
0              P          P          P          P         .             P          P          P          P        P         .
1              napt       P          P          P         .             P          P          P          P        P         .
2              napt       P          P          P         .             P          P          P          P        P         .
3              sip        sip        sip        P         .             P          P          P          P        P         .
4              udp        udp        sip        P         .             udp        P          P          P        P         .
5              udp        udp        sip        P         .             udp        P          P          P        P         .
6              udp        udp        tcp        P         .             udp        tcp        tcp        P        P         .
7              udp        udp        tcp        P         .             udp        tcp        tcp        http     P         .
8              direct     direct     direct     direct    P             direct     direct     direct     direct   direct    P
9              direct     direct     direct     direct    N             direct     direct     direct     direct   direct    N
closed         all        all        all        all       .             all        all        all        all      all       .
intercepting   direct     direct     direct     direct    cert          direct     direct     direct     direct   direct    cert`;

/**
 * The meaning of the marks: a rule and the chain in which the packet meets it, the NAPT's translation, or the proxy's
 * certificate. All packets are on their way through.
 */
const refusals: Readonly<Record<string, (firewall: string, scenario: Entry['scenario']) => string>> = {
  napt: () => 'translation of the Contact, which NOTIFY was sent to',
  sip: (firewall) => `sip-ports in forward of fw-${firewall}`,
  udp: (firewall) => `udp-not-allowed in forward of fw-${firewall}`,
  tcp: (firewall) => `tcp-port-not-allowed in forward of fw-${firewall}`,
  http: (firewall) => `not-http-on-80 in forward of fw-${firewall}`,
  direct: (firewall) => `direct-not-allowed in forward of fw-${firewall}`,
  all: (firewall) => `everything in forward of fw-${firewall}`,
  // The first message in the tunnel is a REGISTER or an Allocate request.
  N: (firewall, scenario) =>
    `readable-${scenario === 'register' ? 'sip' : 'stun'} in forward of fw-${firewall}`,
  cert: (firewall) => `certificate of proxy-${firewall}, signed by-key`,
};

/** One entry of the table that is tried. */
export interface Entry {
  readonly firewall: string;
  readonly scenario: 'register' | 'relay';
  readonly rung: Rung;
  readonly suite: SuiteId;
  readonly verdict: 'passed' | 'blocked';
  /** The only rule or certificate that may refuse it, if it is blocked. */
  readonly refusal?: string;
}

const [, , head = '', ...lines] = table.split('\n');
const rungs = [...head.matchAll(/(\d) (\S+)/g)].map(([, step, via], index) =>
  index < 5
    ? ([toPcscf(Number(step) as Step, via!), 'register'] as const)
    : ([toTurn(Number(step) as Step, via!), 'relay'] as const),
);

/** Every entry that is tried, for both of the CR's suites. */
export const entries: readonly Entry[] = lines.flatMap((line) => {
  const [firewall = '', ...marks] = line.split(/\s+/);
  return (['aes', 'null'] as const).flatMap((suite) =>
    rungs.flatMap(([rung, scenario], index): Entry[] => {
      const mark = marks[index];
      const entry = { firewall, scenario, rung, suite };
      if (mark === undefined || mark === '.') return [];
      if (mark === 'P' || (mark === 'N' && suite !== 'null')) return [{ ...entry, verdict: 'passed' }];
      return [{ ...entry, verdict: 'blocked', refusal: refusals[mark]!(firewall, scenario) }];
    }),
  );
});

/** The same entries as a run reports them: verdicts by attempt ids. */
export const tableVerdicts: Readonly<Record<string, string>> = Object.fromEntries(
  entries.map(({ firewall, scenario, suite, rung, verdict }) => [
    `${firewall}/${scenario}/${suite}/${rungId(rung)}`,
    verdict,
  ]),
);
