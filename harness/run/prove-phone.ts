import { Deferred } from '../../kit/deferred';
import { builtInCatalogue, type Firewall } from '../../firewalls/catalogue';
import { ladderOf, rungId, type Rung, type SuiteId } from '../../ladder';
import { builtInBoxes } from '../../nodes';
import type { Box, Boxes } from '../../nodes/box';
import { dnsKind } from '../../nodes/dns/kind';
import { unsupported } from '../../nodes/phone';
import { nonsense, type AttemptReport } from '../../nodes/ue/protocol';
import { ueNode } from '../../nodes/ue/ue-node';
import { register } from '../../scenarios/register';
import { defineScenario, type Scenario, type ScenePhone } from '../../scenarios/scenario';
import type { AttemptResult, RunResult } from '../judge/result';
import { LabError, type ErrorCode } from '../lab/lab-error';
import type { Plan, PlannedCell } from '../plan/plan';
import type { run, RunOptions } from './run';

const called = (id: string): Firewall => builtInCatalogue.find((one) => one.id === id)!;

/** The firewalls between which a phone has to tell: one that lets everything through, and one that lets nothing. */
const open = called('0');
const closed = called('closed');

/** Milliseconds that a phone may take to get through an open network. */
const openMs = 30_000;
/** Milliseconds that it may take to say that it does not know an action; and to lie about a closed network. */
const shortMs = 10_000;

/** The options of {@link provePhone}: those of the run before which the phone is proved. */
export type ProofOptions = Pick<
  RunOptions,
  'plan' | 'backend' | 'versions' | 'command' | 'tool' | 'signal' | 'onLeft'
> & {
  readonly boxes: Boxes;
  /** Folder for the captures and logs of the proof. */
  readonly out: string;
};

/** Says whether a phone is proved before it is measured: a command or an image of somebody else's. */
export const isProved = ({ outside }: Pick<Box, 'outside'>): boolean => outside !== undefined;

/**
 * Shows that a phone of somebody else's tells what it cannot do from what it can, and what got through from what did
 * not (docs/boxes.md). In a small lab of its own, with the reference boxes besides, it is asked for an action that does
 * not exist, which it must answer by `unsupported`; on a network that lets everything through for the services of the
 * plan until one gets through, as the packets show; and on a network that lets nothing through for that service again.
 * A phone that can do nothing of the plan says nothing wrong.
 *
 * @param play {@link run}
 * @returns why nothing that the phone says may count: `CONTRACT_BROKEN`, or the error of the node that failed
 *   meanwhile; undefined if it keeps the contract
 * @throws LabError when the lab cannot be started
 */
export async function provePhone(options: ProofOptions, play: typeof run): Promise<LabError | undefined> {
  const { boxes, out, plan, ...common } = options;
  const phone = boxes.of(ueNode.kind);
  const resolvers = [...boxes].filter(({ kind }) => kind === dnsKind);
  const proof = new Proof(plan);
  const result = await play({
    ...common,
    plan: proof.plan,
    boxes: builtInBoxes.with(phone, ...resolvers),
    // Else a phone that tells its sockets would be believed that it got through.
    observesPhone: true,
    out,
    reporter: {
      onEvent: (event) => {
        if (event.type === 'cell-ended') proof.isOver(event.cell.firewall);
      },
    },
  });
  if (result.run.interrupted) return undefined;
  const name = phone.name ?? phone.kind;
  const breach = breachIn(result);
  if (breach !== undefined)
    return new LabError(
      'CONTRACT_BROKEN',
      `${name} breaks the contract of docs/boxes.md: ${breach}; ${out} has what it did`,
    );
  const [outage] = result.run.outages ?? [];
  return (
    outage &&
    new LabError(
      outage.code as ErrorCode,
      `${name} could not be proved: ${outage.text}; ${out} has what it did`,
    )
  );
}

/** What a phone is asked in its proof, as a plan. Each cell has a scenario of its own, which decides whether it is asked. */
class Proof {
  readonly plan: Plan;
  /** The attempt that got through the open network, as the phone says; undefined if there is none. */
  private readonly through = new Deferred<string | undefined>();
  private isOpenOver = false;

  constructor(plan: Plan) {
    const staying = plan.scenarios.filter(({ moves }) => !moves);
    const services = staying.length > 0 ? staying : [register];
    // Those that take long are asked for last.
    const isLong = ({ spendsTime }: Scenario): boolean => spendsTime !== undefined;
    const sorted = [...services.filter((one) => !isLong(one)), ...services.filter(isLong)];
    const suites = [...new Set(plan.cells.map(({ suite }) => suite))];
    const pairs = sorted.flatMap((service) => suites.map((suite) => ({ service, suite })));
    const asked = [
      this.nonsense(sorted[0]!, suites[0]!, plan),
      ...pairs.map(({ service, suite }) => this.onOpen(service, suite)),
      ...pairs.map(({ service, suite }) => this.onClosed(service, suite)),
    ];
    this.plan = {
      ...plan,
      catalogue: builtInCatalogue,
      firewalls: [open, closed],
      cells: asked.map(({ cell }) => cell),
      scenarios: asked.map(({ scenario }) => scenario),
      patience: 'evidence',
      ladder: 'stop',
      repeat: 1,
      options: {},
    };
  }

  /** Told that nothing more is asked on a network. */
  isOver(firewall: string): void {
    if (firewall === open.id) this.through.resolve(undefined);
  }

  private nonsense({ ladder }: Scenario, suite: SuiteId, { steps }: Plan): Asked {
    const [rung] = ladderOf(ladder, 'digest').filter(({ step }) => steps.includes(step));
    const declared = { title: 'An action that does not exist', source: 'docs/boxes.md', ladder: [rung!] };
    const scenario = defineScenario({
      ...{ id: nonsense, ...declared, climbs: 'first', session: 'none', isClaimed: false, needs: [] },
      play: (phone, at) => phone.attempt(nonsense, at),
    });
    return asking(open, suite, scenario, async (ask) => {
      const report = await ask(shortMs);
      this.isOpenOver = report.end !== 'unsupported';
      return report;
    });
  }

  private onOpen(service: Scenario, suite: SuiteId): Asked {
    return asking(open, suite, service, async (ask, rung) => {
      if (this.isOpenOver) return notAsked;
      const report = await ask(openMs);
      // One that has to be given up would have to be given up again and again.
      this.isOpenOver = report.end === 'passed' || report.end === 'abandoned';
      if (report.end === 'passed') this.through.resolve(keyOf(service, suite, rung));
      return report;
    });
  }

  private onClosed(service: Scenario, suite: SuiteId): Asked {
    return asking(closed, suite, service, async (ask, rung) =>
      (await this.through.promise) === keyOf(service, suite, rung) ? ask(shortMs) : notAsked,
    );
  }
}

/** One cell of a proof, with its scenario. */
interface Asked {
  readonly cell: PlannedCell;
  readonly scenario: Scenario;
}

/** Stands for the report of an attempt that was not made. */
const notAsked = unsupported('', 'not asked');

const keyOf = ({ id }: Scenario, suite: SuiteId, rung: Rung): string => `${id}/${suite}/${rungId(rung)}`;

/**
 * Makes a cell in which a phone is asked for a service.
 * @param play is given what asks the phone, and has it give up after so many milliseconds
 */
function asking(
  { id: firewall }: Firewall,
  suite: SuiteId,
  { spendsTime: _alone, ...service }: Scenario,
  play: (ask: (withinMs: number) => Promise<AttemptReport>, rung: Rung) => Promise<AttemptReport>,
): Asked {
  const id = `${firewall}/${service.id}/${suite}`;
  const asked = async (phone: ScenePhone, rung: Rung, withinMs: number): Promise<AttemptReport> => {
    const late = setTimeout(() => phone.abandon(`${id}/${rungId(rung)}`), withinMs);
    return service.play(phone, rung).finally(() => clearTimeout(late));
  };
  return {
    // Whatever the phone can do, it is asked on the rungs that every phone has.
    cell: { id, firewall, scenario: id, suite, security: 'digest' },
    scenario: {
      ...service,
      id,
      isClaimed: false,
      play: (phone, rung) => play((withinMs) => asked(phone, rung, withinMs), rung),
    },
  };
}

/** Says in words how a phone broke its contract; undefined if it did not, or if it could not be seen. */
function breachIn({ cells }: RunResult): string | undefined {
  const attempts = (firewall: Firewall, isNonsense: boolean): AttemptResult[] =>
    cells
      .filter(
        (cell) => cell.firewall === firewall.id && cell.scenario.includes(`/${nonsense}/`) === isNonsense,
      )
      .flatMap((cell) => cell.attempts);
  const wrong = attempts(open, true).find(({ witness }) => witness.end !== 'unsupported');
  if (wrong && !isOutage(wrong))
    return `asked for an action that does not exist it ${wordsOf(wrong)}, not "unsupported" (127 of a plain phone)`;
  const claimed = attempts(open, false).filter(({ witness }) => witness.end !== 'unsupported');
  const [first] = claimed;
  // One that took another TLS suite than it was asked for is `unsupported` in the judge's view, and got through.
  const isThrough = ({ verdict, witness }: AttemptResult): boolean =>
    verdict === 'passed' || (verdict === 'unsupported' && witness.end === 'passed');
  if (first && !claimed.some((one) => isThrough(one) || isOutage(one)))
    return `on a network that lets everything through nothing of it got through: at ${first.id} it ${wordsOf(first)}${first.witness.end === 'passed' ? ', and no answer had come to it' : ''}`;
  const lie = attempts(closed, false).find(({ witness }) => witness.end === 'passed');
  return lie && `on a network that lets nothing through it ${wordsOf(lie)} at ${lie.id}`;
}

const isOutage = ({ evidence }: AttemptResult): boolean => evidence.some(({ kind }) => kind === 'outage');

/** What the phone answered, in words. */
function wordsOf({ witness: { end, text } }: AttemptResult): string {
  if (end === 'passed') return 'answered "passed"';
  if (end === 'abandoned') return 'did not answer in time';
  return `answered "failed"${text === undefined ? '' : ` (${text})`}`;
}
