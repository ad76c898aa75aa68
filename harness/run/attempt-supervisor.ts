import { lackingIn, unsupported, type PhoneEvents } from '../../nodes/phone';
import type { AttemptReport, Measurement, ServiceRequest } from '../../nodes/ue/protocol';
import type { AttemptEvents } from '../../scenarios/scenario';
import type { Journal } from '../journal/journal';
import { judge } from '../judge/verdict';
import type { AccessNetwork } from '../lab/access-network';
import type { Outage, Outages } from '../lab/outages';
import type { Plan } from '../plan/plan';
import { witnessOf } from './attempt-trace';
import { elapsed } from './elapsed';
import type { EvidenceBook } from './evidence-book';
import { deathLagMs, workWith } from './node-work';
import { notPlayed } from './not-played';

/** How long the UE may take to end what it is told to abandon, ms. */
const abandonedWithinMs = 3_000;

/** What {@link AttemptSupervisor} is given. */
export interface SupervisionOptions {
  readonly plan: Pick<Plan, 'patience'>;
  readonly onKeyLog: (line: string) => void;
  readonly journal: Pick<Journal, 'add'>;
  /** The parts of the lab that are out of order. */
  readonly outages: Outages;
  /** How often the nodes that an attempt needs are asked whether they still answer, ms. */
  readonly checkUpEveryMs: number;
  /** Asks nodes whether they still do their work; resolves when each has answered or is out of order. */
  readonly checkUp: (nodes: readonly string[]) => Promise<void>;
  /** Aborted when the run is over, however it ended: what an attempt comes to then is of no interest. */
  readonly over: AbortSignal;
}

/** An attempt that the UE is to make. */
export interface PlannedAttempt {
  /** What the phone is asked to do. */
  readonly action: string;
  readonly request: ServiceRequest;
  /** The nodes without which it says nothing. */
  readonly needed: readonly string[];
}

/** What one attempt may bring beside its report. */
export type SupervisedEvents = AttemptEvents & Pick<PhoneEvents, 'reachable'>;

/** What is known of an attempt that is over. */
export interface SupervisedAttempt {
  readonly report: AttemptReport;
  /** What the lab measured itself. */
  readonly measurements: readonly Measurement[];
  readonly needed: readonly string[];
  /** The needed node that was out of order by its end, if there was one. */
  readonly outage: Outage | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly endedAt: number;
}

/**
 * Sees attempts on one access network to their end: has the UE abandon what can come to nothing, gives up where a node
 * that is needed fails, and waits until the logs have come to where the attempt ended.
 */
export class AttemptSupervisor {
  constructor(
    private readonly network: AccessNetwork,
    private readonly book: EvidenceBook,
    private readonly options: SupervisionOptions,
  ) {}

  /**
   * Has one attempt made.
   * @throws the reason of `over`, where the run is
   */
  async see(plan: PlannedAttempt, events: SupervisedEvents): Promise<SupervisedAttempt> {
    const { over, outages, journal } = this.options;
    over.throwIfAborted();
    const { request, needed } = plan;
    const id = request.attempt;
    using watch = this.book.watch(this.patienceWith(id));
    const stopListening = this.network.ue.on({
      flow: (flow) => {
        if (flow.attempt !== id) return;
        this.book.addFlow(flow);
        journal.add({ type: 'flow', flow });
        watch.addFlow(flow);
      },
      identifier: (identifier) => identifier.attempt === id && watch.addIdentifier(identifier),
      keylog: ({ line }) => this.options.onKeyLog(line),
      reachable: (told) => told.attempt === id && events.reachable?.(told),
      talking: (told) => told.attempt === id && events.talking?.(told),
    });
    const stopReading = this.book.onProxyLog(() => watch.lookAgain());
    const report = await this.unlessGivenUp(plan).finally(() => {
      stopListening();
      stopReading();
    });
    await this.evidenceArrives(report, needed);
    const measurements = (await events.measured?.(report)) ?? [];
    over.throwIfAborted();
    return { report, measurements, needed, outage: outages.among(needed), endedAt: Date.now() };
  }

  /** With patience for evidence, a way that is shown to be hopeless is abandoned. */
  private patienceWith(attempt: string): Parameters<EvidenceBook['watch']>[0] {
    const { ue } = this.network;
    if (this.options.plan.patience !== 'evidence') return {};
    return {
      onHopelessFlow: ({ protocol, local, remote }) =>
        ue.abandon({ attempt, flow: { protocol, local, remote } }),
    };
  }

  /** An attempt is not begun when a node that it needs is out of order, and not waited for any longer than it is in order. */
  private async unlessGivenUp({ action, request, needed }: PlannedAttempt): Promise<AttemptReport> {
    const { ue, nodes } = this.network;
    const id = request.attempt;
    const { outages } = this.options;
    const startedAt = Date.now();
    const lacking = lackingIn(ue.capabilities, { action, rung: request, suite: request.suite });
    if (lacking !== undefined) return unsupported(id, lacking, startedAt);
    const givenUp = (): AttemptReport => notPlayed(id, startedAt);
    if (outages.among(needed)) return givenUp();
    const over = new AbortController();
    const outOfOrder = outages.of(needed, over.signal).then(async () => {
      ue.abandon({ attempt: id });
      await elapsed(abandonedWithinMs, over.signal);
      return givenUp();
    });
    void this.checkUpUntil(over.signal, needed);
    let report: AttemptReport | undefined;
    const acted = workWith(outages, nodes.ue, async () => {
      report = await ue.attempt(action, request);
    });
    try {
      return await Promise.race([acted.then(() => report ?? givenUp()), outOfOrder]);
    } finally {
      over.abort();
    }
  }

  /** A node that hangs reports nothing, so the nodes are asked again and again as long as an attempt lasts. */
  private async checkUpUntil(over: AbortSignal, nodes: readonly string[]): Promise<void> {
    for (;;) {
      await elapsed(this.options.checkUpEveryMs, over);
      if (over.aborted || this.options.over.aborted) return;
      await this.options.checkUp(nodes);
    }
  }

  /** The UE's word can be faster than the logs: resolves when they have come to where it ended. */
  private async evidenceArrives(report: AttemptReport, needed: readonly string[]): Promise<void> {
    const { book } = this;
    const { outages, checkUp } = this.options;
    if (outages.among(needed)) return;
    const isExplained = (): boolean =>
      report.end === 'passed' || judge(witnessOf(report), book.evidenceOf(report)).verdict === 'blocked';
    const isKnown = (): boolean => book.isLogged(report) || (isExplained() && book.isLoggedOrDenied(report));
    if (isExplained() && isKnown()) return;
    const over = new AbortController();
    const out = outages.of(needed, over.signal);
    const arrived = async (): Promise<void> => {
      await workWith(outages, this.network.nodes.firewall, () => book.dropsArrive());
      await book.proxyLogs(isKnown);
    };
    await Promise.race([out, arrived()]);
    book.closeTunnels(report.attempt);
    // A node that dies is known a moment later than what it was busy with fails.
    if (!isExplained()) await Promise.race([out, elapsed(deathLagMs, over.signal)]);
    // One that hangs is known by nothing but that it does not answer.
    if (!isExplained()) await Promise.race([out, checkUp(needed)]);
    over.abort();
  }
}
