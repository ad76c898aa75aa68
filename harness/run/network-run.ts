import { createReadStream } from 'node:fs';
import type { Knobs } from '../../firewalls/knobs';
import { markerAddress } from '../../firewalls/nftables';
import { describeRules } from '../../firewalls/rules';
import type { Rung } from '../../nodes/ue/ladder';
import type {
  Arrivals,
  AttemptReport,
  AttemptRequest,
  Flow,
  Measurement,
  Service,
  ServiceRequest,
  Subscriber,
} from '../../nodes/ue/protocol';
import { UeError, type UeDriver, type UeEvents } from '../../nodes/ue/ue-driver';
import type { Elsewhere, Scenario, ScenarioContext, UeActions } from '../../scenarios/scenario';
import { readCapture, type CaptureContent } from '../evidence/capture-facts';
import { collectEvidence } from '../evidence/collect';
import { AttemptWatch, DropWatch } from '../evidence/drop-watch';
import type { RuleLookup } from '../evidence/drop';
import type { Evidence } from '../evidence/evidence';
import { defaultSlack, isOfFlow, type ProxyTrace } from '../evidence/trace';
import { proxyLegs } from '../evidence/proxy-legs';
import { attemptExpectation } from '../judge/expectation';
import { outcomeOf, traversedAt } from '../judge/outcome';
import type { AttemptResult, CellResult } from '../judge/result';
import { judge } from '../judge/verdict';
import { textIn } from '../lab/wait';
import type { AccessNetwork } from '../lab/ims-lab';
import { LabError } from '../lab/lab-error';
import type { Outage, Outages } from '../lab/outages';
import type { Plan, PlannedCell } from '../plan/plan';
import type { Reporter } from '../report/reporter';
import { traceOf } from './attempt-trace';
import { captureNames, type CaptureNames } from './capture-names';
import { expectedStepOf } from './expected-step';
import { interruption, measurementsOf } from './measurements';
import { dropLagMs, proxyLagMs } from './evidence-lag';
import { knobsUsed } from './knobs-used';
import { passMarker } from './marker';
import type { NetworkCaptures } from './network-captures';
import { notPlayed, outageEvidenceOf } from './not-played';
import { ProxyLog } from './proxy-log';
import type { RunFolder } from './run-folder';
import type { Slots } from './slots';

/** How long the end of a node may take to be known after what it was busy with has failed, ms. */
const deathLagMs = 500;

/** How much later the end of a node may be known on a machine with twice the work it can do, ms: that of an attempt stands by then. */
const deathKnownWithinMs = 10_000;

/** How long the UE may take to end what it is told to abandon, ms. */
const abandonedWithinMs = 3_000;

/** What keep-alives are to show (the CR says only that connections are maintained): ten of the firewall's time-outs. */
const idleTimesOutlived = 10;

export interface NetworkRunOptions {
  readonly plan: Plan;
  readonly scenarios: readonly Scenario[];
  readonly reporter: Reporter;
  /** Taken by each cell that talks, on all networks. */
  readonly talking: Slots;
  /** Name to address, as the nodes know them. */
  readonly names: Readonly<Record<string, string>>;
  /** PEM of the CA with which this network's proxy re-signs TLS, where it does. */
  readonly interceptionCa?: string;
  readonly onKeyLog: (line: string) => void;
  /** Where captures are written. */
  readonly folder: Pick<RunFolder, 'stream' | 'path'>;
  /** What of the lab is out of order. */
  readonly outages: Outages;
  /** How often the nodes that an attempt needs are asked whether they still answer, ms. */
  readonly checkUpEveryMs: number;
  /** Asks nodes whether they still do their work; resolves when each has answered or is out of order. */
  readonly checkUp: (nodes: readonly string[]) => Promise<void>;
  /** Aborted when the run is over, however it ended: what an attempt comes to then is of no interest. */
  readonly over: AbortSignal;
  /** The other end, where a scenario needs it. */
  readonly peer?: Pick<UeDriver, 'invite' | 'arrivals'>;
}

/** What is known of one attempt before the captures are read. */
interface AttemptRecord {
  readonly cell: PlannedCell;
  readonly round: number;
  readonly rung: Rung;
  readonly report: AttemptReport;
  /** What the lab measured itself. */
  readonly measurements: readonly Measurement[];
  /** The nodes that it needed. */
  readonly needed: readonly string[];
  /** That of them that was out of order by its end. */
  readonly outage: Outage | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly endedAt: number;
}

/** What one attempt may bring beside its report. */
interface AttemptEvents extends Pick<UeEvents, 'reachable' | 'talking'> {
  /** What the lab has measured of it by its end. */
  readonly measured?: (report: AttemptReport) => Promise<readonly Measurement[]>;
}

/**
 * The attempts on one access network: one after the other, or side by side where the sockets of a packet say of which it is.
 * So it can only belong to one of them.
 */
export class NetworkRun {
  private readonly records: AttemptRecord[] = [];
  /** What the proxy was asked for, by attempts that run and that are over. */
  private readonly tunnels: { readonly flow: Flow; closedAt: number }[] = [];
  private readonly drops: DropWatch;
  private readonly proxyLog: ProxyLog | undefined;
  private readonly rule: RuleLookup;
  private readonly names: CaptureNames;
  private idle: Knobs['idle'];
  private content: CaptureContent | undefined;
  /** Cells that were played to their end. */
  private readonly played = new Set<PlannedCell>();

  constructor(
    private readonly network: AccessNetwork,
    /** None where they could not be started. */
    private readonly captures: NetworkCaptures | undefined,
    private readonly options: NetworkRunOptions,
  ) {
    const { firewall, at } = network;
    this.names = captureNames(firewall);
    const denied = options.folder.stream(this.names.denied);
    this.drops = new DropWatch(network.drops.stdout, `fw-${firewall.id}`, denied);
    this.proxyLog = network.proxyLog && new ProxyLog(network.proxyLog.stdout);
    this.idle = firewall.knobs.idle;
    const vectors = options.scenarios.map((one) => knobsUsed(firewall.knobs, one, options.plan.services));
    this.rule = rulesOf([firewall.knobs, ...vectors], at.proxy);
  }

  /** Plays cells, scenario by scenario. */
  async measure(cells: readonly PlannedCell[]): Promise<void> {
    const { plan, reporter, scenarios, talking, over } = this.options;
    for (let round = 1; round <= plan.repeat; round++) {
      for (const scenario of scenarios) {
        const own = cells.filter((cell) => cell.scenario === scenario.id);
        if (own.length === 0) continue;
        await this.setIdle(knobsUsed(this.network.firewall.knobs, scenario, plan.services));
        await inGroups(own, this.placesOf(scenario), async (cell, subscriber) => {
          const play = (): Promise<void> => {
            over.throwIfAborted();
            reporter.onCellBegin?.(cell);
            return scenario.run(this.actions(cell, round, subscriber), this.context);
          };
          await (scenario.spendsTime === 'talking' ? talking.use(play) : play());
        });
      }
      await this.setIdle(this.network.firewall.knobs);
    }
    for (const cell of cells) this.played.add(cell);
  }

  /** Plays a cell in which the UE moves to another access network. */
  async move(cell: PlannedCell, to: NetworkRun): Promise<void> {
    const { plan, reporter } = this.options;
    reporter.onCellBegin?.(cell);
    for (let round = 1; round <= plan.repeat; round++)
      await this.scenarioOf(cell).run(this.actions(cell, round, undefined, to), this.context);
    this.played.add(cell);
  }

  /**
   * Ends the captures and reads them; only then the results are whole. Of a capture that broke off nothing is read: what is
   * missing in it decides nothing.
   */
  async close(): Promise<void> {
    const { id } = this.network.firewall;
    let isWhole = false;
    await this.unlessOut(`capture ${id}`, async () => {
      const broken = (await this.captures?.stop()) ?? [];
      for (const { side, error } of broken)
        await this.unlessOut(`capture ${side}-${id}`, () => Promise.reject(error));
      isWhole = this.captures !== undefined && !broken.some(({ side }) => side === 'ue');
    });
    await this.drops.close();
    if (!isWhole) return;
    this.content = await readCapture(createReadStream(this.options.folder.path(this.names.ue)));
  }

  /**
   * The result of a cell, whole when this network and the one that the UE moved to have been closed. Before it was played
   * to its end it is `skipped`, with the attempts that were judged.
   */
  resultOf(cell: PlannedCell, to?: NetworkRun): CellResult {
    const { plan } = this.options;
    const attempts = [this, ...(to ? [to] : [])].flatMap((network) => network.attemptsOf(cell));
    const expected = expectedStepOf(cell, plan);
    return {
      ...cell,
      attempts,
      traversedAt: traversedAt(attempts, cell.to),
      expected,
      outcome: this.played.has(cell) ? outcomeOf(attempts, expected, cell.to) : 'skipped',
    };
  }

  /**
   * Cells that spend their time talking or waiting do it together, each as a subscriber of its own. Not where the firewall
   * tells suites apart behind a proxy: whose tunnel a packet is of is only known when the proxy has logged it.
   */
  private placesOf({ spendsTime }: Scenario): readonly Subscriber[] {
    const { subscribers, firewall } = this.network;
    const together = spendsTime !== undefined && firewall.knobs.payload === 'none';
    return together ? subscribers : subscribers.slice(0, 1);
  }

  private get context(): ScenarioContext {
    const { steps, ladder } = this.options.plan;
    return { steps, ladder, hasProxy: this.network.at.proxy !== undefined };
  }

  private scenarioOf(cell: PlannedCell): Scenario {
    const scenario = this.options.scenarios.find(({ id }) => id === cell.scenario);
    if (!scenario) throw new Error(`no scenario ${cell.scenario}`);
    return scenario;
  }

  private async setIdle({ idle }: Knobs): Promise<void> {
    if (idle === this.idle) return;
    this.idle = idle;
    await this.unlessOut(`fw-${this.network.firewall.id}`, () => this.network.setIdle(idle));
  }

  /**
   * Does something with a node. What a node does wrong is told as its outage; only a defect of ours is thrown.
   * @returns whether it was done
   */
  private async unlessOut(node: string, work: () => Promise<unknown> | undefined): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof LabError || error instanceof UeError)) throw error;
      const { outages } = this.options;
      // Of a UE that has ended, the lab is about to tell the last words.
      const over = new AbortController();
      if (error.code === 'UE_GONE')
        await Promise.race([outages.of([node], over.signal), elapsed(deathLagMs, over.signal)]);
      over.abort();
      outages.tell(node, new LabError(error.code, `${node}: ${error.message}`));
      return false;
    }
  }

  private actions(
    cell: PlannedCell,
    round: number,
    subscriber = this.network.subscribers[0]!,
    to?: NetworkRun,
  ): UeActions {
    const { ue } = this.network;
    const { mediaSeconds, msrpBytes, idleSeconds } = this.options.plan.services;
    const serve = (
      service: Service,
      rung: Rung,
      more: Partial<ServiceRequest> = {},
    ): Promise<AttemptReport> =>
      this.attempt(cell, round, rung, (request) => ue.serve(service, { ...request, subscriber, ...more }), {
        reachable: ({ withinMs }) => this.callUe(subscriber, withinMs),
        ...(service === 'call' ? { measured: (report) => this.heardAtPeer(report, subscriber) } : {}),
      });
    return {
      register: (rung) => this.attempt(cell, round, rung, (request) => ue.register(request)),
      relay: (rung) => this.attempt(cell, round, rung, (request) => ue.relay(request)),
      call: (rung) => serve('call', rung, { mediaMs: mediaSeconds * 1000 }),
      message: (rung) => serve('message', rung),
      msrp: (rung) => serve('msrp', rung, { bytes: msrpBytes }),
      keepalive: (rung) =>
        serve('keepalive', rung, { idleMs: idleSeconds * 1000, idleTimes: idleTimesOutlived }),
      leave: (rung, move) => {
        if (!to) throw new Error(`${cell.id} has no network to move to`);
        return this.leave(cell, round, rung, to, move);
      },
    };
  }

  /** The peer calls the UE, which hangs up; what comes of it is for the UE to say. */
  private callUe({ impu }: Subscriber, withinMs: number): void {
    const call = this.options.peer?.invite({ to: impu, answerWithinMs: withinMs });
    call?.catch(() => undefined);
  }

  /** How long after each INVITE of a call that passed the peer heard the first RTP: the other way of its media. */
  private async heardAtPeer(
    { end, media = [] }: AttemptReport,
    { impu }: Subscriber,
  ): Promise<Measurement[]> {
    if (end !== 'passed') return [];
    const calls = (await this.arrivalsFrom(impu)).slice(-media.length);
    return media.flatMap(({ invitedAt }, index) => {
      const first = calls[index]?.first;
      const name = `${index === 0 ? 'outgoing' : 'incoming'}-time-to-media-at-peer`;
      return first === undefined
        ? []
        : [{ name, value: Math.round((first - invitedAt) * 100) / 100, unit: 'ms' }];
    });
  }

  private async leave(
    cell: PlannedCell,
    round: number,
    rung: Rung,
    to: NetworkRun,
    move: (elsewhere: Elsewhere) => Promise<void>,
  ): Promise<AttemptReport> {
    const { ue } = this.network;
    const subscriber = this.network.subscribers[0]!;
    const mediaMs = this.options.plan.services.mediaSeconds * 1000;
    let moving: Promise<void> | undefined;
    let nowTalking: () => void = () => undefined;
    const left = this.attempt(cell, round, rung, (request) => ue.serve('leave', { ...request, mediaMs }), {
      talking: ({ attempt, dialog }) => {
        const arrive = (there: Rung): Promise<AttemptReport> =>
          to.attempt(
            cell,
            round,
            there,
            (request) => to.network.ue.serve('arrive', { ...request, mediaMs, replaces: dialog, subscriber }),
            {
              // Only an arrival ends the call that was left; what did not arrive must not wait for that.
              measured: async (arrived) =>
                arrived.end === 'passed' ? this.interruptions(await left, arrived) : [],
            },
          );
        // What of the old call is not moved away now never will be.
        moving = move({ context: to.context, arrive }).finally(() => ue.abandon({ attempt }));
        moving.catch(() => undefined);
        nowTalking();
      },
    });
    await Promise.race([left, new Promise<void>((resolve) => (nowTalking = resolve))]);
    await moving;
    return left;
  }

  /** The calls that the peer had with somebody; none where it is no more. */
  private async arrivalsFrom(impu: string): Promise<Arrivals['calls']> {
    let calls: Arrivals['calls'] = [];
    await this.unlessOut('peer', async () => {
      calls = (await this.options.peer?.arrivals({ from: impu }))?.calls ?? [];
    });
    return calls;
  }

  /** How long no RTP arrived when the session moved, at either end. */
  private async interruptions(left: AttemptReport, arrived: AttemptReport): Promise<Measurement[]> {
    const calls = await this.arrivalsFrom(this.network.subscribers[0]!.impu);
    const [before, after] = calls.slice(-2);
    return [
      ...interruption('media-interruption-at-ue', left.media?.at(-1)?.until, arrived.media?.[0]?.from),
      ...interruption('media-interruption-at-peer', before?.last, after?.first),
    ];
  }

  private async attempt(
    cell: PlannedCell,
    round: number,
    rung: Rung,
    act: (request: AttemptRequest) => Promise<AttemptReport>,
    { measured, ...events }: AttemptEvents = {},
  ): Promise<AttemptReport> {
    this.options.over.throwIfAborted();
    const { ue, firewall } = this.network;
    const proxy = this.proxyTrace();
    const { patience, repeat } = this.options.plan;
    const place = firewall.id === cell.firewall ? '' : `${firewall.id}:`;
    const id = `${cell.id}/${place}${rung.step}-${rung.via}${repeat > 1 ? `/${round}` : ''}`;
    using watch = new AttemptWatch(this.drops, {
      startedAt: Date.now(),
      rule: this.rule,
      ...(proxy ? { proxy } : {}),
      ...(patience === 'evidence'
        ? {
            onHopelessFlow: ({ protocol, local, remote }) =>
              ue.abandon({ attempt: id, flow: { protocol, local, remote } }),
          }
        : {}),
    });
    const stopListening = ue.on({
      flow: (flow) => {
        if (flow.attempt !== id) return;
        if (flow.connect !== undefined) this.tunnels.push({ flow, closedAt: Infinity });
        watch.addFlow(flow);
      },
      identifier: (identifier) => identifier.attempt === id && watch.addIdentifier(identifier),
      keylog: ({ line }) => this.options.onKeyLog(line),
      reachable: (told) => told.attempt === id && events.reachable?.(told),
      talking: (told) => told.attempt === id && events.talking?.(told),
    });
    const stopReading = this.proxyLog?.onEntry(() => watch.lookAgain());
    const needed = this.neededBy(cell);
    const request = { attempt: id, step: rung.step, via: rung.via, suite: cell.suite };
    const report = await this.unlessGivenUp(id, needed, () => act(request)).finally(() => {
      stopListening();
      stopReading?.();
    });
    await this.evidenceArrives(report, needed);
    const measurements = (await measured?.(report)) ?? [];
    this.options.over.throwIfAborted();
    const outage = this.options.outages.among(needed);
    const record = { cell, round, rung, report, measurements, needed, outage, endedAt: Date.now() };
    this.records.push(record);
    this.options.reporter.onAttempt?.(cell, this.attemptOf(record));
    return report;
  }

  /** The nodes without which an attempt of this cell here says nothing. */
  private neededBy(cell: PlannedCell): string[] {
    const { id } = this.network.firewall;
    return [...this.scenarioOf(cell).needs, `ue-${id}`, `fw-${id}`, `proxy-${id}`];
  }

  /** An attempt is not begun when a node that it needs is out of order, and not waited for any longer than it is in order. */
  private async unlessGivenUp(
    attempt: string,
    needed: readonly string[],
    act: () => Promise<AttemptReport>,
  ): Promise<AttemptReport> {
    const { outages } = this.options;
    const startedAt = Date.now();
    const givenUp = (): AttemptReport => notPlayed(attempt, startedAt);
    if (outages.among(needed)) return givenUp();
    const over = new AbortController();
    const outOfOrder = outages.of(needed, over.signal).then(async () => {
      this.network.ue.abandon({ attempt });
      await elapsed(abandonedWithinMs, over.signal);
      return givenUp();
    });
    void this.checkUpUntil(over.signal, needed);
    let report: AttemptReport | undefined;
    const acted = this.unlessOut(`ue-${this.network.firewall.id}`, async () => (report = await act()));
    try {
      return await Promise.race([acted.then(() => report ?? givenUp()), outOfOrder]);
    } finally {
      over.abort();
    }
  }

  /** Of a node that hangs nobody tells: asks them again and again, as long as an attempt lasts. */
  private async checkUpUntil(over: AbortSignal, nodes: readonly string[]): Promise<void> {
    for (;;) {
      await elapsed(this.options.checkUpEveryMs, over);
      if (over.aborted || this.options.over.aborted) return;
      await this.options.checkUp(nodes);
    }
  }

  /** The UE's word can be faster than the logs: resolves when they have come to where it ended. */
  private async evidenceArrives(report: AttemptReport, needed: readonly string[]): Promise<void> {
    const { outages } = this.options;
    if (outages.among(needed)) return;
    const isExplained = (): boolean =>
      report.end === 'passed' || judge(witnessOf(report), this.evidenceOf(report)).verdict === 'blocked';
    const isKnown = (): boolean => this.isLogged(report) || (isExplained() && this.isLoggedOrDenied(report));
    if (isExplained() && isKnown()) return;
    const over = new AbortController();
    const out = outages.of(needed, over.signal);
    const arrived = async (): Promise<void> => {
      await this.unlessOut(`fw-${this.network.firewall.id}`, () => this.dropsArrive());
      await this.proxyLog?.until(isKnown, proxyLagMs);
    };
    await Promise.race([out, arrived()]);
    const closedAt = Date.now();
    for (const tunnel of this.tunnels) if (tunnel.flow.attempt === report.attempt) tunnel.closedAt = closedAt;
    // A node that dies is known a moment later than what it was busy with fails.
    if (!isExplained()) await Promise.race([out, elapsed(deathLagMs, over.signal)]);
    // One that hangs is known by nothing but that it does not answer.
    if (!isExplained()) await Promise.race([out, this.options.checkUp(needed)]);
    over.abort();
  }

  /** Resolves when all that the firewall has denied so far is known. */
  private async dropsArrive(): Promise<void> {
    const { firewallNode, drops, firewall } = this.network;
    if (describeRules(firewall.knobs).length === 0) return;
    const what = `${firewallNode.id} to tell what it denied`;
    await passMarker(firewallNode, [markerAddress], (marker) =>
      textIn(drops.stdout, marker, { what, withinMs: dropLagMs }),
    );
  }

  /** Whether the proxy's log has each tunnel that the attempt asked for, but for those that the firewall is known to have denied. */
  private isLoggedOrDenied(report: AttemptReport): boolean {
    const proxy = this.proxyTrace();
    const denied = proxy ? [...proxyLegs(this.drops.drops, proxy, defaultSlack).values()] : [];
    return this.isLogged(report, ({ local }) => denied.some((leg) => leg.local.port === local.port));
  }

  private isLogged({ flows }: AttemptReport, but: (flow: Flow) => boolean = () => false): boolean {
    const proxy = this.proxyTrace();
    return flows
      .filter((flow) => flow.remote.ip === proxy?.address && !but(flow))
      .every((flow) => proxy?.log.some((entry) => isOfFlow(entry, flow, defaultSlack)));
  }

  private proxyTrace(): (ProxyTrace & { readonly ca?: string }) | undefined {
    const { at, firewall } = this.network;
    if (!at.proxy || !this.proxyLog) return undefined;
    const { interceptionCa } = this.options;
    return {
      id: `proxy-${firewall.id}`,
      address: at.proxy,
      log: this.proxyLog.entries,
      tunnels: this.tunnels,
      names: this.options.names,
      ...(interceptionCa ? { ca: interceptionCa } : {}),
    };
  }

  /** Without what the captures tell as long as they have not been read; the verdict can be had without. */
  private evidenceOf(report: AttemptReport, outage?: Outage): Evidence[] {
    const proxy = this.proxyTrace();
    const { content } = this;
    const collected = collectEvidence({
      report,
      drops: this.drops.drops,
      denied: this.names.denied,
      rule: this.rule,
      ...(proxy ? { proxy } : {}),
      ...(content ? { capture: { content, name: this.names.ue } } : {}),
    });
    return [...collected, ...outageEvidenceOf(report, outage)];
  }

  private attemptsOf(cell: PlannedCell): AttemptResult[] {
    return this.records.filter((record) => record.cell === cell).map((record) => this.attemptOf(record));
  }

  /** The outage that was known soon after an attempt, of a node that it needed. */
  private outageSince({ needed, endedAt }: AttemptRecord): Outage | undefined {
    return this.options.outages.all.find(
      ({ node, at }) => needed.includes(node) && at >= endedAt && at - endedAt <= deathKnownWithinMs,
    );
  }

  private attemptOf(record: AttemptRecord): AttemptResult {
    const { cell, round, rung, report } = record;
    const { firewall } = this.network;
    const witness = witnessOf(report);
    const evidence = this.evidenceOf(report, record.outage);
    // What nothing explains may be told before the end of the node that it is due to.
    if (judge(witness, evidence).verdict === 'failed')
      evidence.push(...outageEvidenceOf(report, this.outageSince(record)));
    const measurements = measurementsOf(report, record.measurements, evidence, this.content);
    return {
      id: report.attempt,
      round,
      ...(firewall.id === cell.firewall ? {} : { at: firewall.id }),
      ...rung,
      ...judge(witness, evidence),
      expected: attemptExpectation(firewall.knobs, cell.scenario, rung, cell.suite).verdict,
      ...traceOf(report),
      witness,
      evidence,
      ...(measurements.length > 0 ? { measurements } : {}),
    };
  }
}

const witnessOf = ({ end, failure }: AttemptReport): AttemptResult['witness'] => ({ end, ...failure });

/** A deadline that can be called off; then it never resolves. */
function elapsed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => clearTimeout(timer);
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}

function rulesOf(vectors: readonly Knobs[], proxyIp: string | undefined): RuleLookup {
  const rules = new Map(
    vectors
      .flatMap((knobs) => describeRules(knobs, proxyIp))
      .map(({ id, statement, decisive }) => [id as string, { statement, decisive }]),
  );
  return (id) => rules.get(id);
}

/** Does things as many at a time as there are places, each in a place of its own. */
async function inGroups<T, P>(
  things: readonly T[],
  places: readonly P[],
  work: (thing: T, place: P) => Promise<void>,
): Promise<void> {
  for (let first = 0; first < things.length; first += places.length)
    await Promise.all(
      things.slice(first, first + places.length).map((thing, index) => work(thing, places[index]!)),
    );
}
