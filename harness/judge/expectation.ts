import type { Knobs } from '../../firewalls/knobs';
import {
  isByConnect,
  ladderOf,
  mediaWays,
  sentOn,
  suites,
  type Rung,
  type Security,
  type SessionKind,
  type Step,
  type SuiteId,
} from '../../ladder';
import type { Scenario } from '../../scenarios/scenario';
import type { CellResult } from './result';

/** The expected verdict on a rung by the knobs of a firewall, and the reason. */
export interface Expectation {
  readonly verdict: 'passed' | 'blocked';
  readonly because: string;
}

const blocked = (because: string): Expectation => ({ verdict: 'blocked', because });

/**
 * Reasons from the knob vector to the verdict on a rung. It does not use the rules that are compiled from the
 * knobs, so that a mistake of the compiler shows as a difference to the measurement.
 */
export function expectationOf(knobs: Knobs, rung: Rung, suite: SuiteId): Expectation {
  const { port } = rung;
  const sent = sentOn(rung);

  const shut = sent.find(({ protocol }) => knobs.protocols !== 'any' && !knobs.protocols.includes(protocol));
  if (shut) return blocked(`no ${shut.protocol} passes`);
  if (isByConnect(rung)) {
    if (!knobs.connectPorts.includes(port)) return blocked(`the proxy opens no tunnel to ${port}`);
    if (knobs.proxy === 'intercepting')
      return blocked('the proxy re-signs TLS, which the UE must refuse (I7)');
  } else {
    if (knobs.proxy !== 'none') return blocked('only the proxy goes out');
    if (knobs.dns === 'proxy') return blocked("the UE may not ask for the server's address");
  }
  // The firewall sees only the proxy's connection of a tunnel.
  for (const { protocol, port: to } of sent)
    if (protocol !== 'esp' && to !== undefined && !allows(knobs[protocol], to))
      return blocked(`${protocol} to ${to} is not allowed`);
  // RFC 3715 2.1 b) and TS 33.203 Annex M: in transport mode the checksum within is that of the UE's own address.
  if (sent.some(({ protocol }) => protocol === 'esp') && knobs.napt)
    return blocked(
      'ESP in transport mode does not survive the NAPT, which changes the address that its checksum covers',
    );
  // Step 1 asks for rport (TS 24.229 5.1.1.2.1 d), so answers come back. The network's own requests go to the
  // Contact, where no flow is known by which they could (RFC 5626), and an NAPT makes that an address of nobody.
  if (rung.step === 1 && knobs.napt)
    return blocked("the network's requests go to the UE's own address, which the NAPT hides");
  // TURN is not HTTP (TS 33.203 W.3.1.3).
  if (rung.transport === 'tcp' && port === 80 && knobs.inspect80 === 'http')
    return blocked('port 80 must carry HTTP');
  // The handshake comes before the payload. The P-CSCF and the TURN server of the lab write their hello at
  // once.
  if (port === 443 && knobs.nullSuites === 'deny' && !suites[suite].encrypts)
    return blocked('a NULL suite may not be agreed on');
  if (port === 443 && knobs.payload === 'readable' && !suites[suite].encrypts)
    return blocked('a NULL suite leaves SIP and TURN readable');
  return { verdict: 'passed', because: 'nothing forbids it' };
}

/**
 * Returns the expectation of one rung of a scenario: the signalling has to pass, and so has one of the ways of
 * its media or session.
 */
export function attemptExpectation(
  knobs: Knobs,
  { session }: Pick<Scenario, 'session'>,
  rung: Rung,
  suite: SuiteId,
): Expectation {
  const signalling = expectationOf(knobs, rung, suite);
  return signalling.verdict === 'blocked' || session === 'none'
    ? signalling
    : mediaExpectation(knobs, session, rung, suite);
}

/**
 * Returns the expectation of the media. One way is enough, since all are tried side by side. Step 1 has no
 * relayed address to keep alive.
 */
function mediaExpectation(
  knobs: Knobs,
  need: SessionKind | 'relay',
  rung: Rung,
  suite: SuiteId,
): Expectation {
  const { host, turn } = mediaWays(need === 'msrp' ? 'msrp' : 'rtp', rung);
  const ways = [
    ...(host && need !== 'relay' ? [['to the peer', toPeer(knobs, need)] as const] : []),
    ...turn.map((way) => [way.via, expectationOf(knobs, way, suite)] as const),
  ];
  const open = ways.find(([, { verdict }]) => verdict === 'passed');
  if (ways.length === 0 || open) return { verdict: 'passed', because: 'nothing forbids it' };
  const refusals = ways.map(([way, { because }]) => `${way}: ${because}`);
  return blocked(`no way for the media (${refusals.join('; ')})`);
}

/**
 * Returns the expectation of the way from host to host. The UE sends first, or at the same time as the peer
 * (RTP by RFC 8445, MSRP by its own connection), so that the peer's packets were asked for. So neither an NAPT
 * nor a firewall that lets nothing unsolicited in blocks them. The peer's port is one of thousands that nobody
 * knows beforehand: a list of allowed ports does not contain it, and a list of denied ports contains others.
 */
function toPeer(knobs: Knobs, kind: SessionKind): Expectation {
  const transport = kind === 'rtp' ? 'udp' : 'tcp';
  if (knobs.protocols !== 'any' && !knobs.protocols.includes(transport))
    return blocked(`no ${transport} passes`);
  if (knobs.proxy !== 'none') return blocked('only the proxy goes out');
  const rule = knobs[transport];
  if (rule === 'none' || (rule !== 'any' && 'only' in rule))
    return blocked(`${transport} to any port is not allowed`);
  return { verdict: 'passed', because: 'nothing forbids it' };
}

/** Returns the first step of a scenario's ladder with a security that should get through, or null if none should. */
export function expectedStep(
  knobs: Knobs,
  scenario: Pick<Scenario, 'ladder' | 'session'>,
  suite: SuiteId,
  steps: readonly Step[],
  security: Security = 'digest',
): Step | null {
  const open = ladderOf(scenario.ladder, security).filter(
    (rung) =>
      steps.includes(rung.step) &&
      (!isByConnect(rung) || knobs.proxy !== 'none') &&
      attemptExpectation(knobs, scenario, rung, suite).verdict === 'passed',
  );
  return open[0]?.step ?? null;
}

/**
 * Returns what {@link expectedStep} does for a UE that moves from one firewall to another: the step on the
 * second one.
 */
export function expectedStepOfMove(
  from: Knobs,
  to: Knobs,
  scenario: Pick<Scenario, 'ladder' | 'session'>,
  suite: SuiteId,
  steps: readonly Step[],
  security: Security = 'digest',
): Step | null {
  return expectedStep(from, scenario, suite, steps, security) === null
    ? null
    : expectedStep(to, scenario, suite, steps, security);
}

/** Returns the step that the knobs of a cell's firewalls let one expect. */
export function expectedStepOfCell(
  { firewall, to, suite, security }: Pick<CellResult, 'firewall' | 'to' | 'suite' | 'security'>,
  scenario: Pick<Scenario, 'ladder' | 'session'>,
  knobsOf: (firewall: string) => Knobs,
  steps: readonly Step[],
): Step | null {
  return to === undefined
    ? expectedStep(knobsOf(firewall), scenario, suite, steps, security)
    : expectedStepOfMove(knobsOf(firewall), knobsOf(to), scenario, suite, steps, security);
}

function allows(rule: Knobs['udp'], port: number): boolean {
  if (rule === 'any') return true;
  if (rule === 'none') return false;
  return 'only' in rule ? rule.only.includes(port) : !rule.except.includes(port);
}
