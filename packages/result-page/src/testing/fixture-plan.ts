/** The rules of the fixture's firewalls, and which of them is in the way of which rung. */

export const fixtureRules = {
  'unsolicited-inbound': 'what comes from outside and answers nothing',
  'protocol-not-allowed': 'other IP protocols than TCP, UDP and ICMP',
  'sip-ports': 'TCP and UDP to the SIP ports 5060 and 5061',
  'udp-not-allowed': 'UDP to other ports than 53, 123, 500 and 4500',
  'tcp-port-not-allowed': 'TCP to other ports than 80 and 443',
  'not-http-on-80': 'connections to TCP port 80 that do not begin with HTTP',
  'not-tls-on-443': 'connections to TCP port 443 that do not begin with a TLS handshake',
  'direct-not-allowed': 'whatever goes out directly and not through the web proxy',
  'readable-sip': 'what completes SIP that can be read inside TLS records on port 443',
  'readable-stun': 'what completes STUN or TURN that can be read inside TLS records on port 443',
  'certificate-refused': 'TLS that the proxy has signed anew, which the UE refuses',
  everything: 'every packet',
} as const;
export type FixtureRule = keyof typeof fixtureRules;

/** A way that the fixture's phone tries. */
export interface FixtureRung {
  readonly step: number;
  /** As in an attempt's id: `udp:5060`, `connect:443`. */
  readonly via: string;
  readonly rung: string;
  readonly server: 'pcscf' | 'turn';
}

const guess = 'content likely, numbering a guess';
const ladder = 'reconstruction in keeping with TR 33.830 clause 8.3';
const napt: FixtureRule[] = ['unsolicited-inbound'];
const noIpsec: FixtureRule[] = [...napt, 'protocol-not-allowed'];
const noSipPorts: FixtureRule[] = [...noIpsec, 'sip-ports'];
const noUdp: FixtureRule[] = [...noSipPorts, 'udp-not-allowed'];
const webPorts: FixtureRule[] = [...napt, 'protocol-not-allowed', 'udp-not-allowed', 'tcp-port-not-allowed'];
const webProtocols: FixtureRule[] = [...webPorts, 'not-http-on-80', 'not-tls-on-443'];
const proxyOnly: FixtureRule[] = [...webProtocols, 'direct-not-allowed'];

export const fixtureTypes: readonly {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly confidence: string;
  readonly rules: readonly FixtureRule[];
}[] = [
  { id: '0', title: 'open', source: 'the lab', confidence: 'control', rules: [] },
  { id: '1', title: 'NAPT', source: ladder, confidence: guess, rules: napt },
  { id: '2', title: 'no IPsec', source: ladder, confidence: guess, rules: noIpsec },
  { id: '3', title: 'no SIP ports', source: ladder, confidence: guess, rules: noSipPorts },
  { id: '4', title: 'few UDP ports', source: ladder, confidence: guess, rules: noUdp },
  { id: '5', title: 'no UDP', source: ladder, confidence: guess, rules: noUdp },
  { id: '6', title: 'web ports only', source: ladder, confidence: guess, rules: webPorts },
  { id: '7', title: 'web protocols only', source: ladder, confidence: guess, rules: webProtocols },
  { id: '8', title: 'mandatory web proxy', source: ladder, confidence: guess, rules: proxyOnly },
  {
    id: '9',
    title: 'reads tunnelled bytes',
    source: `${ladder}: a NULL suite traverses types 1-8, an encrypting one types 1-9`,
    confidence: 'number and effect sure, how it is done a guess',
    rules: [...proxyOnly, 'readable-sip', 'readable-stun'],
  },
  { id: 'closed', title: 'closed', source: 'the lab', confidence: 'control', rules: ['everything'] },
  {
    id: 'intercepting',
    title: 'intercepting proxy',
    source: 'follows from I1',
    confidence: 'control',
    rules: [...proxyOnly, 'certificate-refused'],
  },
];

export const fixtureScenarios = [
  { id: 'register', title: 'registration' },
  { id: 'relay', title: 'a TURN allocation with data to a peer and back' },
  { id: 'message', title: 'a SIP MESSAGE and one back' },
  { id: 'call', title: 'a call to a peer and one from it' },
  { id: 'access-change', title: 'a call that moves to another network' },
] as const;

const sip: readonly FixtureRung[] = [
  { step: 1, via: 'udp:5060', rung: 'UDP 5060', server: 'pcscf' },
  { step: 2, via: 'udp:5060', rung: 'UDP 5060, outbound', server: 'pcscf' },
  { step: 2, via: 'tls:5061', rung: 'TLS 5061', server: 'pcscf' },
  { step: 3, via: 'tls:443', rung: 'TLS 443', server: 'pcscf' },
];
const turn: readonly FixtureRung[] = [
  { step: 2, via: 'udp:3478', rung: 'TURN, UDP 3478', server: 'turn' },
  { step: 2, via: 'tcp:3478', rung: 'TURN, TCP 3478', server: 'turn' },
  { step: 2, via: 'tls:5349', rung: 'TURN, TLS 5349', server: 'turn' },
  { step: 3, via: 'tcp:80', rung: 'TURN, TCP 80', server: 'turn' },
  { step: 3, via: 'tls:443', rung: 'TURN, TLS 443', server: 'turn' },
];

/** Says whether firewall `at` has a web proxy. */
export const hasProxy = (at: string): boolean => ['8', '9', 'intercepting'].includes(at);

/** Returns what the phone tries in a scenario behind firewall `at`, in this order. */
export function rungsOf(scenario: string, at: string): readonly FixtureRung[] {
  const rungs = scenario === 'relay' ? turn : sip;
  const last = rungs.at(-1)!;
  return hasProxy(at) ? [...rungs, { ...last, via: 'connect:443', rung: `${last.rung} by CONNECT` }] : rungs;
}

/** Returns the rule of firewall `at` that denies a rung; undefined if it gets through. */
export function ruleAgainst(at: string, suite: string, { step, via }: FixtureRung): FixtureRule | undefined {
  if (at === '0') return undefined;
  if (at === 'closed') return 'everything';
  if (hasProxy(at)) {
    if (via !== 'connect:443') return 'direct-not-allowed';
    if (at === 'intercepting') return 'certificate-refused';
    return at === '9' && suite === 'null' ? 'readable-sip' : undefined;
  }
  const type = Number(at);
  const [transport, port] = via.split(':');
  if (step === 1 && type <= 2) return 'unsolicited-inbound';
  if (type >= 4 && transport === 'udp') return 'udp-not-allowed';
  if (type >= 6 && port !== '80' && port !== '443') return 'tcp-port-not-allowed';
  if (type >= 7 && port === '80') return 'not-http-on-80';
  return type >= 3 && (port === '5060' || port === '5061') ? 'sip-ports' : undefined;
}
