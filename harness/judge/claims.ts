import { invariants, type InvariantId } from '../../firewalls/invariants';
import {
  isAgreed,
  isByConnect,
  isInTls,
  isSameRung,
  isTls443,
  protocolOf,
  ladderOf,
  registrationLadder,
  servers,
  suites,
  type Rung,
} from '../../ladder';
import type { Evidence, EvidenceOf } from '../evidence/evidence';
import { scenarios } from '../../scenarios';
import { accessChange } from '../../scenarios/access-change';
import { call } from '../../scenarios/call';
import { keepalive } from '../../scenarios/keepalive';
import { message } from '../../scenarios/message';
import { msrp } from '../../scenarios/msrp';
import { register } from '../../scenarios/register';
import { relay } from '../../scenarios/relay';
import type { Scenario } from '../../scenarios/scenario';
import type { KnownScenario } from './known-scenarios';
import type { AttemptResult, CellResult, ClaimResult } from './result';

/** The decision on one claim: a verdict and the cells that it rests on. */
type Decision = Pick<ClaimResult, 'verdict'> & { readonly cells: readonly CellResult[] };

const numberedTypes = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];

/**
 * Decides the claims from the cells of a run. Cells of scenarios that are not in the CR decide nothing. Pure.
 *
 * A claim about all types is confirmed when each of the nine was measured and every cell agrees, and
 * contradicted by a single counter-example. A claim about some type is confirmed by one example, and
 * contradicted when each of the nine types was measured and shown to be no example. Any other claim is
 * untested: an attempt that failed or could not be judged proves nothing, and neither does one whose rounds
 * disagree.
 */
export function decideClaims(
  measured: readonly CellResult[],
  known: readonly ClaimScenario[] = scenarios,
): ClaimResult[] {
  const scenarioOf: ScenarioLookup = ({ scenario }) => known.find(({ id }) => id === scenario);
  const cells = measured.filter((cell) => scenarioOf(cell)?.isClaimed);
  return invariants.map(({ id, source, statement }) => {
    const { isAbout, decide } = deciders[id];
    const about = cells.filter((cell) => isAbout(cell, scenarioOf));
    const { verdict, cells: basis } = decide(about, scenarioOf);
    const unsupported = about.filter(({ attempts }) => attempts.some((a) => a.verdict === 'unsupported'));
    return {
      ...{ id, source, statement, verdict },
      cells: basis.map((cell) => cell.id),
      ...(unsupported.length > 0 ? { unsupported: unsupported.map((cell) => cell.id) } : {}),
    };
  });
}

/** The properties of a scenario that the claims depend on. */
type ClaimScenario = Omit<KnownScenario, 'columns'>;

/** Returns the scenario of a cell, if it is known. */
type ScenarioLookup = (cell: CellResult) => ClaimScenario | undefined;

interface Decider {
  /** Says whether a cell can decide the claim. */
  readonly isAbout: (cell: CellResult, scenarioOf: ScenarioLookup) => boolean;
  readonly decide: (cells: readonly CellResult[], scenarioOf: ScenarioLookup) => Decision;
}

const every = (): boolean => true;

const of =
  (...some: readonly Scenario[]) =>
  ({ scenario }: CellResult): boolean =>
    some.some(({ id }) => id === scenario);

const encrypts = (cell: CellResult): boolean => suites[cell.suite].encrypts;

/**
 * Says whether a scenario climbs the whole ladder. One that ends at the first step that passes shows nothing
 * about step 3 on types that pass a lower step.
 */
const climbsAll = (cell: CellResult, scenarioOf: ScenarioLookup): boolean =>
  scenarioOf(cell)?.climbs === 'all';

const deciders: Readonly<Record<InvariantId, Decider>> = {
  I1: {
    isAbout: (cell, scenarioOf) => climbsAll(cell, scenarioOf) && encrypts(cell),
    decide: (cells) => forAllTypes(cells, () => 'passed'),
  },
  I2: {
    isAbout: (cell, scenarioOf) => climbsAll(cell, scenarioOf) && !encrypts(cell),
    decide: (cells) => forAllTypes(cells, (type) => (type === '9' ? 'blocked' : 'passed')),
  },
  I3: { isAbout: of(register), decide: (cells) => forSomeType(cells, eachCell(needsConnect)) },
  I4: { isAbout: of(relay), decide: (cells) => forSomeType(cells, eachCell(refusesOnlyPlainTurn)) },
  I5: { isAbout: every, decide: (cells) => forSomeType(cells, passesNoUdp) },
  I6: {
    isAbout: every,
    decide: (cells, scenarioOf) => forSomeType(cells, eachCell(isPassedBelowStep3(scenarioOf))),
  },
  I7: { isAbout: every, decide: interceptionIsRefused },
  I8: { isAbout: of(message, msrp), decide: oneConnectionOrThree },
  I9: {
    isAbout: every,
    decide: (cells) =>
      forAllAttempts(cells, (a) => isByConnect(a) && a.verdict === 'passed', 'connects', oneConnectEach),
  },
  I10: {
    isAbout: every,
    decide: (cells) =>
      forAllAttempts(
        cells,
        (a) => isInTls(a) && a.verdict === 'passed',
        'tls',
        // The count is missing when the capture lost packets of the connection, and then nothing is known.
        ({ bytesBeforeHandshakeEnd: early }) => (early === undefined ? undefined : early === 0),
      ),
  },
  I11: { isAbout: (cell) => of(keepalive)(cell) && encrypts(cell), decide: keepAlivesMaintain },
  I12: { isAbout: (cell) => of(call, msrp)(cell) && encrypts(cell), decide: bothMediaPossible },
  I13: { isAbout: of(accessChange), decide: continuityApplies },
  I14: {
    isAbout: (cell, scenarioOf) => cell.security === 'aka' && climbsAll(cell, scenarioOf) && encrypts(cell),
    decide: mechanismsAreReused,
  },
};

type Which = (attempt: AttemptResult) => boolean;

const overUdp: Which = (a) => protocolOf(a) === 'udp';
const onRung =
  (rung: Rung): Which =>
  (a) =>
    isSameRung(a, rung);

/** Says whether there is at least one such attempt and every one was blocked. */
function blocked({ attempts }: CellResult, which: Which): boolean {
  const chosen = attempts.filter(which);
  return chosen.length > 0 && chosen.every(({ verdict }) => verdict === 'blocked');
}

/** Says whether some rung of this sort passed in every round. */
function passed({ attempts }: CellResult, which: Which): boolean {
  const chosen = attempts.filter(which);
  return chosen.some((one) => chosen.filter(onRung(one)).every(({ verdict }) => verdict === 'passed'));
}

/** Decides whether step 3 over TLS on 443, direct or by CONNECT, ends as wanted on each of the types 1-9. */
function forAllTypes(cells: readonly CellResult[], wanted: (type: string) => 'passed' | 'blocked'): Decision {
  const relevant = cells.filter((cell) => numberedTypes.includes(cell.firewall));
  const step3 = (cell: CellResult): 'passed' | 'blocked' | undefined => {
    if (passed(cell, isTls443)) return suiteAgrees(cell) ? 'passed' : undefined;
    return blocked(cell, isTls443) ? 'blocked' : undefined;
  };
  const against = relevant.filter((cell) => (step3(cell) ?? wanted(cell.firewall)) !== wanted(cell.firewall));
  if (against.length > 0) return { verdict: 'contradicted', cells: against };
  const complete = coversAllTypes(relevant) && relevant.every((cell) => step3(cell) !== undefined);
  return { verdict: complete ? 'confirmed' : 'untested', cells: relevant };
}

const coversAllTypes = (cells: readonly CellResult[]): boolean =>
  numberedTypes.every((type) => cells.some((cell) => cell.firewall === type));

/**
 * Says whether the captures show the cell's own suite on what passed. A pass with another suite would prove
 * nothing.
 */
function suiteAgrees(cell: CellResult): boolean {
  const seen = cell.attempts
    .filter((attempt) => isTls443(attempt) && attempt.verdict === 'passed')
    .map((attempt) => itemsOf(attempt, 'tls'));
  const agrees = (item: EvidenceOf<'tls'>): boolean =>
    item.suite !== undefined && isAgreed(suites[cell.suite], item.suite);
  return seen.every((items) => items.length > 0 && items.every(agrees));
}

/** The finding about one type: whether it is an example of the claim. */
interface Finding {
  /** Undefined if the cells do not show it. */
  readonly isExample: boolean | undefined;
  /** The cells on which the finding rests. */
  readonly cells: readonly CellResult[];
}

function forSomeType(
  cells: readonly CellResult[],
  find: (cellsOfType: readonly CellResult[]) => Finding,
): Decision {
  const relevant = cells.filter((cell) => numberedTypes.includes(cell.firewall));
  const findings = numberedTypes.map((type) => find(relevant.filter((cell) => cell.firewall === type)));
  const examples = findings.filter(({ isExample }) => isExample);
  if (examples.length > 0)
    return { verdict: 'confirmed', cells: examples.flatMap((finding) => finding.cells) };
  const refuted = findings.every(({ isExample }) => isExample === false);
  return { verdict: refuted ? 'contradicted' : 'untested', cells: relevant };
}

/** Counts a type as an example when one of its cells is one, and as none when all of its cells are none. */
function eachCell(
  isExample: (cell: CellResult) => boolean | undefined,
): (cells: readonly CellResult[]) => Finding {
  return (cells) => {
    const examples = cells.filter((cell) => isExample(cell));
    if (examples.length > 0) return { isExample: true, cells: examples };
    const refuted = cells.length > 0 && cells.every((cell) => isExample(cell) === false);
    return { isExample: refuted ? false : undefined, cells };
  };
}

/** Says whether every other rung of the ladder is blocked and CONNECT passes. */
function needsConnect(cell: CellResult): boolean | undefined {
  const others = ladderOf(registrationLadder, cell.security).filter(
    (rung) => !isByConnect(rung) && rung.transport !== 'wss',
  );
  if (passed(cell, (a) => !isByConnect(a))) return false;
  if (blocked(cell, isByConnect)) return false;
  if (!others.every((rung) => blocked(cell, onRung(rung)))) return undefined;
  // If no CONNECT was tried on the whole ladder, there is no proxy to send it to.
  return cell.attempts.some(isByConnect) ? (passed(cell, isByConnect) ? true : undefined) : false;
}

/** Says whether TURN over TLS:443 passes and TURN over TCP:80 does not. */
function refusesOnlyPlainTurn(cell: CellResult): boolean | undefined {
  const plain: Which = (a) => a.transport === 'tcp' && a.port === 80;
  if (passed(cell, plain) || blocked(cell, isTls443)) return false;
  return passed(cell, isTls443) && blocked(cell, plain) ? true : undefined;
}

/**
 * Says whether every attempt over UDP is blocked, to the P-CSCF and to the TURN server, while something else
 * passes. Both must have been tried, because a type that blocks only the SIP ports does pass UDP.
 */
function passesNoUdp(cells: readonly CellResult[]): Finding {
  const withUdp = cells.filter((cell) => cell.attempts.some(overUdp));
  const through = withUdp.filter((cell) => passed(cell, overUdp));
  if (through.length > 0) return { isExample: false, cells: through };
  const shut =
    withUdp.every((cell) => blocked(cell, overUdp)) &&
    // Only step 2 counts, because step 1 can fail at an NAPT that passes UDP.
    servers.every((server) =>
      withUdp.some((cell) => cell.attempts.some((a) => a.step === 2 && a.server === server && overUdp(a))),
    );
  const open = cells.some((cell) => passed(cell, (a) => !overUdp(a)));
  return { isExample: shut && open ? true : undefined, cells: withUdp };
}

function isPassedBelowStep3(scenarioOf: ScenarioLookup): (cell: CellResult) => boolean | undefined {
  return (cell) => {
    if (passed(cell, (a) => a.step < 3)) return true;
    const ladder = ladderOf(scenarioOf(cell)?.ladder ?? [], cell.security);
    const below = ladder.filter(({ step }) => step < 3);
    if (below.length === 0) return undefined;
    return below.every((rung) => blocked(cell, onRung(rung))) ? false : undefined;
  };
}

/**
 * Decides whether interception is refused: no attempt may pass through the interceptor's tunnel, and the
 * certificate must be the reason. A UE that went on with the certificate has shown its data to the interceptor,
 * however the attempt ended.
 */
function interceptionIsRefused(cells: readonly CellResult[]): Decision {
  const relevant = cells.filter((cell) =>
    cell.attempts.some((a) => isByConnect(a) && itemsOf(a, 'proxy-resigned').length > 0),
  );
  const tunnels = relevant.flatMap((cell) => cell.attempts.filter(isByConnect));
  const accepts: Which = (a) =>
    a.verdict === 'passed' || itemsOf(a, 'proxy-resigned').some(({ accepted }) => accepted);
  if (tunnels.some(accepts)) return { verdict: 'contradicted', cells: relevant };
  const refused =
    tunnels.length > 0 &&
    tunnels.every((a) => a.verdict === 'blocked' && itemsOf(a, 'proxy-resigned').length > 0);
  return { verdict: refused ? 'confirmed' : 'untested', cells: relevant };
}

/**
 * Decides whether the mechanisms that IMS has suffice: where IMS AKA is let through, with it, and everywhere else by SIP Digest
 * in TLS. AKA must have passed somewhere, or nothing is shown of it.
 */
function mechanismsAreReused(cells: readonly CellResult[]): Decision {
  const relevant = cells.filter((cell) => numberedTypes.includes(cell.firewall));
  const byAka: Which = ({ security }) => security === 'aka';
  // Where step 3 was not tried, nothing speaks against it.
  const against = relevant.filter((cell) => blocked(cell, every) && blocked(cell, isTls443));
  if (against.length > 0) return { verdict: 'contradicted', cells: against };
  const isShown =
    coversAllTypes(relevant) &&
    relevant.every((cell) => passed(cell, every)) &&
    relevant.some((cell) => passed(cell, byAka));
  return { verdict: isShown ? 'confirmed' : 'untested', cells: relevant };
}

function itemsOf<K extends Evidence['kind']>(attempt: AttemptResult, kind: K): EvidenceOf<K>[] {
  return attempt.evidence.filter((item): item is EvidenceOf<K> => item.kind === kind);
}

/** Decides whether every attempt of the sort has evidence of this kind, and all of it holds. */
function forAllAttempts<K extends Evidence['kind']>(
  cells: readonly CellResult[],
  which: Which,
  kind: K,
  holds: (item: EvidenceOf<K>) => boolean | undefined,
): Decision {
  const relevant = cells.filter((cell) => cell.attempts.some(which));
  const attempts = relevant.flatMap((cell) => cell.attempts.filter(which));
  const against = relevant.filter((cell) =>
    cell.attempts.some((a) => which(a) && itemsOf(a, kind).some((item) => holds(item) === false)),
  );
  if (against.length > 0) return { verdict: 'contradicted', cells: against };
  const shown = (a: AttemptResult): boolean => {
    const items = itemsOf(a, kind);
    return items.length > 0 && items.every((item) => holds(item) === true);
  };
  const complete = attempts.length > 0 && attempts.every(shown);
  return { verdict: complete ? 'confirmed' : 'untested', cells: relevant };
}

/**
 * Says whether there is one CONNECT for each TCP connection, in the log, in the capture, and onwards to the
 * server.
 */
function oneConnectEach(item: EvidenceOf<'connects'>): boolean | undefined {
  const { tcpConnections, captured, proxyLog, upstreamConnections } = item;
  const counts = [captured ?? tcpConnections, proxyLog, upstreamConnections];
  const agrees = tcpConnections > 0 && counts.every((count) => count === tcpConnections);
  // With an incomplete capture a different count may be due to its loss.
  return agrees || captured !== undefined ? agrees : undefined;
}

/**
 * Decides on the number of TLS connections of what passed at step 3, counted in the capture: one for a message,
 * three for an MSRP session, and behind a proxy as many CONNECTs. Both services must have been measured.
 */
function oneConnectionOrThree(cells: readonly CellResult[]): Decision {
  const wanted: Readonly<Record<string, number>> = { [message.id]: 1, [msrp.id]: 3 };
  const counted = (cell: CellResult): AttemptResult[] =>
    cell.attempts.filter((a) => isTls443(a) && a.verdict === 'passed');
  const relevant = cells.filter((cell) => counted(cell).length > 0);
  const holds = (cell: CellResult): (boolean | undefined)[] =>
    counted(cell).map((attempt) => {
      const seen = itemsOf(attempt, 'tls');
      // Packets that the capture lost are no counter-example.
      const isWhole = seen.every((item) => item.handshakeEnded && item.bytesBeforeHandshakeEnd !== undefined);
      const counts = [seen.length, ...itemsOf(attempt, 'connects').map(({ proxyLog }) => proxyLog)];
      return isWhole ? counts.every((count) => count === wanted[cell.scenario]) : undefined;
    });
  const against = relevant.filter((cell) => holds(cell).includes(false));
  if (against.length > 0) return { verdict: 'contradicted', cells: against };
  const both = Object.keys(wanted).every((id) => relevant.some(({ scenario }) => scenario === id));
  const complete = both && relevant.every((cell) => holds(cell).every((one) => one === true));
  return { verdict: complete ? 'confirmed' : 'untested', cells: relevant };
}

/** Returns the value of a measurement of the attempt that passed. */
function measured(cell: CellResult, name: string): number | string | undefined {
  const attempt = cell.attempts.find(({ verdict }) => verdict === 'passed');
  return attempt?.measurements?.find((one) => one.name === name)?.value;
}

/**
 * Decides whether on every type the UE is reached with keep-alives and not without them. If it were reached
 * without, the keep-alives would not be the reason.
 */
function keepAlivesMaintain(cells: readonly CellResult[]): Decision {
  const relevant = cells.filter((cell) => numberedTypes.includes(cell.firewall));
  const isLostWithout = (cell: CellResult): boolean => measured(cell, 'call-without-keep-alives') === 'lost';
  const against = relevant.filter(
    (cell) => cell.attempts.length > 0 && cell.attempts.every(({ witness }) => witness.code === 'FLOW_LOST'),
  );
  if (against.length > 0) return { verdict: 'contradicted', cells: against };
  const complete = coversAllTypes(relevant) && relevant.every(isLostWithout);
  return { verdict: complete ? 'confirmed' : 'untested', cells: relevant };
}

/** Decides whether with an encrypting suite a call and an MSRP session pass at step 3 on every type. */
function bothMediaPossible(cells: readonly CellResult[]): Decision {
  const decisions = [call, msrp].map((one) => forAllTypes(cells.filter(of(one)), () => 'passed'));
  const against = decisions.filter(({ verdict }) => verdict === 'contradicted');
  if (against.length > 0) return { verdict: 'contradicted', cells: against.flatMap((one) => one.cells) };
  const complete = decisions.every(({ verdict }) => verdict === 'confirmed');
  return { verdict: complete ? 'confirmed' : 'untested', cells: decisions.flatMap((one) => one.cells) };
}

/** Decides whether every move succeeded whose networks both let a call through, and whether there was one. */
function continuityApplies(cells: readonly CellResult[]): Decision {
  const relevant = cells.filter(({ expected }) => expected !== null);
  const against = relevant.filter((cell) => blocked(cell, ({ at }) => at === cell.to));
  if (against.length > 0) return { verdict: 'contradicted', cells: against };
  const complete = relevant.length > 0 && relevant.every(({ traversedAt }) => traversedAt !== null);
  return { verdict: complete ? 'confirmed' : 'untested', cells: relevant };
}
