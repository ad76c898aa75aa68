import { isByConnect, protocolOf, type Rung, type Server } from '../../ladder';
import { elapsed } from '../../kit/elapsed';
import { sameEndpoint } from '../../kit/endpoint';
import { lackingIn, unsupported, type PhoneEvents } from '../../nodes/phone';
import type {
  AttemptReport,
  FiveTuple,
  Flow,
  Identifier,
  Measurement,
  ServiceRequest,
} from '../../nodes/ue/protocol';
import type { Wanted } from '../../nodes/wanted';
import type { AttemptEvents } from '../../scenarios/scenario';
import type { CaptureContent } from '../evidence/capture-facts';
import type { Undelivered } from '../evidence/core-sip';
import type { ObservedAttempt, ObservedWays, WaysOfRung } from '../evidence/observed-attempt';
import type { Journal } from '../journal/journal';
import { judge } from '../judge/verdict';
import type { AccessNetwork } from '../lab/access-network';
import { LabError } from '../lab/lab-error';
import type { Outage, Outages } from '../lab/outages';
import type { Plan } from '../plan/plan';
import { witnessOf } from './attempt-trace';
import type { EvidenceBook } from './evidence-book';
import { deathLagMs, workWith } from './node-work';
import { notPlayed } from './not-played';
import { ObservedPatience } from './observed-patience';
import type { PhoneCapture } from './phone-capture';

/** Milliseconds that the UE may take to end an attempt that it is told to abandon. */
const abandonedWithinMs = 3_000;

/** The options of {@link AttemptSupervisor}. */
export interface SupervisionOptions {
  readonly plan: Pick<Plan, 'patience'>;
  readonly onKeyLog: (line: string) => void;
  /** Takes a line with the keys of a security association. */
  readonly onEspSa: (line: string) => void;
  readonly journal: Pick<Journal, 'add'>;
  /** The parts of the lab that are out of order. */
  readonly outages: Outages;
  /** Milliseconds between two questions to the needed nodes whether they still answer. */
  readonly checkUpEveryMs: number;
  /** Asks nodes whether they still work; resolves when each has answered or is out of order. */
  readonly checkUp: (nodes: readonly string[]) => Promise<void>;
  /** Maps host names to addresses as the nodes resolve them. */
  readonly names: Readonly<Record<string, string>>;
  /** Addresses of the servers that rungs lead to. */
  readonly servers: Readonly<Record<Server, string>>;
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
  /** Says whether it is a service with a session, whose media take ways of their own. */
  readonly hasSession: boolean;
}

/** The events of one attempt that the supervisor passes on. */
export type SupervisedEvents = AttemptEvents & Pick<PhoneEvents, 'reachable'>;

/** An attempt that is over, as the supervisor knows it. */
export interface SupervisedAttempt {
  /** The phone's report; if its sockets are observed, completed with what was observed of them. */
  readonly report: AttemptReport;
  /** What the lab saw of the phone, if its sockets are observed. */
  readonly observed?: Observed;
  /** The measurements that the lab made, not the UE. */
  readonly measurements: readonly Measurement[];
  readonly needed: readonly string[];
  /** The needed node that was out of order when the attempt ended, if there was one. */
  readonly outage: Outage | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly endedAt: number;
}

/** Watches for what shows that a way of an attempt is hopeless without any denial of the firewall; see `AttemptSupervisor`. */
interface HopelessWatch extends Disposable {
  addFlow(flow: Flow): void;
  addIdentifier(identifier: Identifier): void;
}

/** What the packets of a phone show of an attempt. */
export interface Observed {
  readonly ways: ObservedWays;
  /** The packets, in the form of a capture that was read. */
  readonly content: CaptureContent;
}

/**
 * Supervises attempts on one access network until they end. It has the UE abandon hopeless ways, gives an
 * attempt up when a needed node fails, and waits until the logs cover the attempt.
 */
export class AttemptSupervisor {
  constructor(
    private readonly network: AccessNetwork,
    private readonly book: EvidenceBook,
    /** Present if the phone's sockets are observed. */
    private readonly phone: Pick<PhoneCapture, 'watch' | 'comesToNow'> | undefined,
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
    const patience = this.phone && new ObservedPatience(this.waysOfRung(request), () => this.giveUp(id));
    using watch = this.book.watch(patience ? this.patienceOf(patience) : this.patienceWith(id));
    using undelivered = this.watchUndelivered(plan);
    using unsound = this.watchChecksums(plan);
    const onFlow = (flow: Flow): void => {
      if (flow.attempt !== id || !this.checkOwn(flow)) return;
      this.book.addFlow(flow);
      journal.add({ type: 'flow', flow });
      patience?.addFlow(flow);
      watch.addFlow(flow);
      undelivered.addFlow(flow);
      unsound.addFlow(flow);
    };
    const onIdentifier = (identifier: Identifier): void => {
      if (identifier.attempt !== id) return;
      watch.addIdentifier(identifier);
      undelivered.addIdentifier(identifier);
      unsound.addIdentifier(identifier);
    };
    using seen = this.observe(id, onFlow, onIdentifier);
    const stopListening = this.network.ue.on({
      // What is observed is not believed a second time, but a socket that is not its own tells against the phone.
      flow: (flow) => (seen ? this.checkOwn(flow) : onFlow(flow)),
      identifier: onIdentifier,
      keylog: ({ line }) => this.options.onKeyLog(line),
      espSa: ({ line }) => this.options.onEspSa(line),
      reachable: (told) => told.attempt === id && events.reachable?.(told),
      talking: (told) => told.attempt === id && events.talking?.(told),
    });
    const stopReading = this.book.onProxyLog(() => watch.lookAgain());
    const told = await this.unlessGivenUp(plan).finally(() => {
      stopListening();
      stopReading();
    });
    const { report, observed } = seen
      ? await this.completed(told, seen, plan)
      : { report: { ...told, flows: told.flows.filter((flow) => this.checkOwn(flow)) } };
    await this.evidenceArrives(report, needed, observed);
    const measurements = (await events.measured?.(report)) ?? [];
    over.throwIfAborted();
    return {
      report,
      ...(observed ? { observed } : {}),
      measurements,
      needed,
      outage: outages.among(needed),
      endedAt: Date.now(),
    };
  }

  /**
   * Says whether a socket is at the phone's own address, and if not, puts the phone out of order: by what it tells it
   * would be judged by packets that are not its own.
   */
  private checkOwn({ attempt, local }: Flow): boolean {
    const { at, nodes } = this.network;
    if (local.ip === at.ue) return true;
    const text = `${nodes.ue} tells of a socket at ${local.ip} in ${attempt}, which is not its address (${at.ue}); mend the phone`;
    this.options.outages.tell(nodes.ue, new LabError('CONTRACT_BROKEN', text, { node: nodes.ue }));
    return false;
  }

  /** Observes the phone during an attempt, if that is how its sockets are known. */
  private observe(
    attempt: string,
    onFlow: (flow: Flow) => void,
    onIdentifier: (identifier: Identifier) => void,
  ): ObservedAttempt | undefined {
    const { subnet, proxy } = this.network.at;
    const at = { subnet, ...(proxy === undefined ? {} : { proxy }) };
    return this.phone?.watch.observe({ attempt, ...at, startedAt: Date.now(), onFlow, onIdentifier });
  }

  /** Completes the phone's report with what was observed, when all that the phone sent until then has been. */
  private async completed(
    report: AttemptReport,
    seen: ObservedAttempt,
    { request, needed, hasSession }: PlannedAttempt,
  ): Promise<Pick<SupervisedAttempt, 'report'> & { observed: Observed }> {
    const { outages } = this.options;
    const over = new AbortController();
    const arrived = workWith(outages, this.network.nodes.ue, () => this.phone!.comesToNow());
    await Promise.race([outages.of(needed, over.signal), arrived]).finally(() => over.abort());
    seen.endWith(report.startedAt + report.durationMs);
    // What was not observed to its end could be judged by half of it only.
    const known = outages.among(needed) ? notPlayed(report.attempt, report.startedAt) : report;
    const { flows, identifiers: own, content } = seen;
    const more = report.identifiers.filter(({ kind, value }) =>
      own.every((one) => one.kind !== kind || one.value !== value),
    );
    return {
      report: { ...known, flows, identifiers: [...own, ...more] },
      observed: { ways: seen.waysOf(this.waysOfRung(request), hasSession), content },
    };
  }

  private waysOfRung(rung: Rung): WaysOfRung {
    const { names, servers } = this.options;
    const { proxy } = this.network.at;
    return {
      leadsToServer: ({ remote, connect }) => {
        if (remote.ip !== proxy) return remote.ip === servers[rung.server];
        // A connection to the proxy that has asked for nothing yet may be for the server as for anything else.
        const host = connect?.replace(/:\d+$/, '');
        return host === undefined || (names[host] ?? host) === servers[rung.server];
      },
      isOfRung: ({ protocol, remote, connect }) => {
        if ((remote.ip === proxy) !== isByConnect(rung)) return false;
        if (isByConnect(rung)) return connect?.endsWith(`:${rung.port}`) ?? true;
        return protocol === protocolOf(rung) && remote.port === rung.port;
      },
    };
  }

  /** With `--patience evidence` a phone that tells nothing abandons its attempt once nothing is left of it. */
  private patienceOf(patience: ObservedPatience): Parameters<EvidenceBook['watch']>[0] {
    if (this.options.plan.patience !== 'evidence') return {};
    return { onDecisiveDrop: (reason) => patience.addDrop(reason) };
  }

  private giveUp(attempt: string): void {
    this.network.ue.abandon({ attempt });
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
   * to it (`kinds/translation.ts`). A phone whose sockets are observed need not wait for the NOTIFY of its registration
   * to go on with a service, so it goes on.
   */
  private watchUndelivered({ action, request: { attempt } }: PlannedAttempt): HopelessWatch {
    const { ue } = this.network;
    const flows: FiveTuple[] = [];
    const callIds: string[] = [];
    let isTold = false;
    const isAwaited = ({ method }: Undelivered): boolean =>
      !this.phone || method !== 'NOTIFY' || action === 'register';
    const look = (): void => {
      const found = isTold ? undefined : this.book.undelivered(callIds).find(isAwaited);
      const flow = found && flows.find(({ local }) => sameEndpoint(local, found.translation.inside));
      if (!flow) return;
      isTold = true;
      if (this.phone) this.giveUp(attempt);
      else ue.abandon({ attempt, flow });
    };
    const isPatient = this.options.plan.patience !== 'evidence';
    const stop = isPatient ? () => undefined : this.book.onCoreMessage(look);
    return {
      addFlow: ({ protocol, local, remote }) => {
        if (protocol === 'udp') flows.push({ protocol, local, remote });
      },
      addIdentifier: ({ kind, value }) => {
        if (isPatient || kind !== 'sip-call-id') return;
        callIds.push(value);
        look();
      },
      [Symbol.dispose]: stop,
    };
  }

  /**
   * With `--patience evidence` the UE abandons ESP whose content the P-CSCF has refused for its checksum, which the NAPT
   * made wrong (`kinds/checksum.ts`): what it sends again has the same fault. Any other wrong checksum is no such evidence.
   */
  private watchChecksums({ request: { attempt } }: PlannedAttempt): HopelessWatch {
    const { ue } = this.network;
    let way: FiveTuple | undefined;
    let isTold = false;
    const spis: string[] = [];
    const look = (): void => {
      if (isTold || !way || !this.book.hasTranslatedChecksum(spis, way.local.ip)) return;
      isTold = true;
      ue.abandon({ attempt, flow: way });
    };
    const isPatient = this.options.plan.patience !== 'evidence';
    const stop = isPatient ? () => undefined : this.book.onEspRefusal(look);
    return {
      addFlow: ({ protocol, local, remote }) => {
        if (protocol === 'esp') way = { protocol, local, remote };
      },
      addIdentifier: ({ kind, value }) => {
        if (kind === 'esp-spi') spis.push(value);
      },
      [Symbol.dispose]: stop,
    };
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
  private async evidenceArrives(
    report: AttemptReport,
    needed: readonly string[],
    observed: Observed | undefined,
  ): Promise<void> {
    const { book } = this;
    const { outages, checkUp } = this.options;
    if (outages.among(needed)) return;
    const isExplained = (): boolean =>
      report.end === 'passed' ||
      judge(witnessOf(report, observed?.ways), book.evidenceOf(report, observed?.content)).verdict ===
        'blocked';
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
