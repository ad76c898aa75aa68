import { elapsed } from '../../kit/elapsed';
import { sameEndpoint } from '../../kit/endpoint';
import { lackingIn, unsupported, type PhoneEvents } from '../../nodes/phone';
import type { AttemptReport, FiveTuple, Measurement, ServiceRequest } from '../../nodes/ue/protocol';
import type { Wanted } from '../../nodes/wanted';
import type { AttemptEvents } from '../../scenarios/scenario';
import type { Journal } from '../journal/journal';
import { judge } from '../judge/verdict';
import type { AccessNetwork } from '../lab/access-network';
import type { Outage, Outages } from '../lab/outages';
import type { Plan } from '../plan/plan';
import { witnessOf } from './attempt-trace';
import type { EvidenceBook } from './evidence-book';
import { deathLagMs, workWith } from './node-work';
import { notPlayed } from './not-played';

/** Milliseconds that the UE may take to end an attempt that it is told to abandon. */
const abandonedWithinMs = 3_000;

/** The options of {@link AttemptSupervisor}. */
export interface SupervisionOptions {
  readonly plan: Pick<Plan, 'patience'>;
  readonly onKeyLog: (line: string) => void;
  readonly journal: Pick<Journal, 'add'>;
  /** The parts of the lab that are out of order. */
  readonly outages: Outages;
  /** Milliseconds between two questions to the needed nodes whether they still answer. */
  readonly checkUpEveryMs: number;
  /** Asks nodes whether they still work; resolves when each has answered or is out of order. */
  readonly checkUp: (nodes: readonly string[]) => Promise<void>;
  /** Says in words what of an attempt the boxes of the lab cannot do; undefined if they can do all. */
  readonly lacking: (wanted: Wanted) => string | undefined;
  /** Aborts when the run is over for any reason; nobody uses the attempts that end after that. */
  readonly over: AbortSignal;
}

/** An attempt that the UE is to make. */
export interface PlannedAttempt {
  /** The name of the phone's action, e.g. `register`. */
  readonly action: string;
  readonly request: ServiceRequest;
  /** The nodes without which the attempt tells nothing about the firewall. */
  readonly needed: readonly string[];
}

/** The events of one attempt that the supervisor passes on. */
export type SupervisedEvents = AttemptEvents & Pick<PhoneEvents, 'reachable'>;

/** An attempt that is over, as the supervisor knows it. */
export interface SupervisedAttempt {
  readonly report: AttemptReport;
  /** The measurements that the lab made, not the UE. */
  readonly measurements: readonly Measurement[];
  readonly needed: readonly string[];
  /** The needed node that was out of order when the attempt ended, if there was one. */
  readonly outage: Outage | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly endedAt: number;
}

/**
 * Supervises attempts on one access network until they end. It has the UE abandon hopeless ways, gives an
 * attempt up when a needed node fails, and waits until the logs cover the attempt.
 */
export class AttemptSupervisor {
  constructor(
    private readonly network: AccessNetwork,
    private readonly book: EvidenceBook,
    private readonly options: SupervisionOptions,
  ) {}

  /**
   * Has the phone make one attempt.
   * @throws the abort reason of `over` when the run is over
   */
  async see(plan: PlannedAttempt, events: SupervisedEvents): Promise<SupervisedAttempt> {
    const { over, outages, journal } = this.options;
    over.throwIfAborted();
    const { request, needed } = plan;
    const id = request.attempt;
    using watch = this.book.watch(this.patienceWith(id));
    using _undelivered = this.watchUndelivered(id);
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

  /** With `--patience evidence` the UE abandons a way as soon as the evidence shows that it is hopeless. */
  private patienceWith(attempt: string): Parameters<EvidenceBook['watch']>[0] {
    const { ue } = this.network;
    if (this.options.plan.patience !== 'evidence') return {};
    return {
      onHopelessFlow: ({ protocol, local, remote }) =>
        ue.abandon({ attempt, flow: { protocol, local, remote } }),
    };
  }

  /**
   * With `--patience evidence` the UE abandons its signalling when a request that it waits for is shown to have no way
   * to it (`kinds/translation.ts`).
   */
  private watchUndelivered(attempt: string): Disposable {
    const { ue } = this.network;
    const flows: FiveTuple[] = [];
    const callIds: string[] = [];
    let isTold = false;
    const look = (): void => {
      const [found] = isTold ? [] : this.book.undelivered(callIds);
      const flow = found && flows.find(({ local }) => sameEndpoint(local, found.translation.inside));
      if (!flow) return;
      isTold = true;
      ue.abandon({ attempt, flow });
    };
    if (this.options.plan.patience !== 'evidence') return { [Symbol.dispose]: () => undefined };
    const stops = [
      this.book.onCoreMessage(look),
      ue.on({
        flow: ({ attempt: whose, protocol, local, remote }) => {
          if (whose === attempt && protocol === 'udp') flows.push({ protocol, local, remote });
        },
        identifier: ({ attempt: whose, kind, value }) => {
          if (whose !== attempt || kind !== 'sip-call-id') return;
          callIds.push(value);
          look();
        },
      }),
    ];
    return { [Symbol.dispose]: () => stops.forEach((stop) => stop()) };
  }

  /**
   * Begins no attempt that the phone cannot make or whose needed nodes are out of order, and stops waiting for
   * it when such a node fails.
   */
  private async unlessGivenUp({ action, request, needed }: PlannedAttempt): Promise<AttemptReport> {
    const { ue, nodes } = this.network;
    const id = request.attempt;
    const { outages } = this.options;
    const startedAt = Date.now();
    const wanted = { action, rung: request, suite: request.suite };
    const lacking = lackingIn(ue.capabilities, wanted) ?? this.options.lacking(wanted);
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

  /** A node that hangs reports nothing, so the lab keeps asking the nodes while an attempt lasts. */
  private async checkUpUntil(over: AbortSignal, nodes: readonly string[]): Promise<void> {
    for (;;) {
      await elapsed(this.options.checkUpEveryMs, over);
      if (over.aborted || this.options.over.aborted) return;
      await this.options.checkUp(nodes);
    }
  }

  /**
   * Resolves when the logs cover the attempt. The UE's report can arrive before the logs of the firewall and
   * the proxy.
   */
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
    // The lab learns that a node died a moment after the work that used the node has failed.
    if (!isExplained()) await Promise.race([out, elapsed(deathLagMs, over.signal)]);
    // A node that hangs can only be found by asking it.
    if (!isExplained()) await Promise.race([out, checkUp(needed)]);
    over.abort();
  }
}
