import { createReadStream } from 'node:fs';
import { describeRules } from '../../firewalls/rules';
import type { Firewall } from '../../firewalls/catalogue';
import type { Rung } from '../../nodes/ue/ladder';
import type { AttemptReport, AttemptRequest } from '../../nodes/ue/protocol';
import type { Scenario, UeActions } from '../../scenarios/scenario';
import { readCapture, type CaptureContent } from '../evidence/capture-facts';
import { collectEvidence } from '../evidence/collect';
import { AttemptWatch, DropWatch } from '../evidence/drop-watch';
import type { RuleLookup } from '../evidence/drop';
import type { Evidence } from '../evidence/evidence';
import { ownEntries, type AttemptTrace, type ProxyTrace } from '../evidence/match';
import { expectationOf, expectedStep } from '../judge/expectation';
import { outcomeOf, traversedAt } from '../judge/outcome';
import type { AttemptResult, CellResult } from '../judge/result';
import { judge, mayComeOfADrop } from '../judge/verdict';
import type { AccessNetwork } from '../lab/ims-lab';
import type { Plan, PlannedCell } from '../plan/plan';
import type { Reporter } from '../report/reporter';
import type { Capture } from './capture';
import { ProxyLog } from './proxy-log';

/** How long evidence may lag behind the UE's word, in ms: the log of a dropped packet, the proxy's line for a tunnel. */
const dropLagMs = 500;
const proxyLagMs = 3_000;

export interface NetworkRunOptions {
  readonly plan: Plan;
  readonly scenarios: readonly Scenario[];
  readonly reporter: Reporter;
  /** Name to address, as the nodes know them. */
  readonly names: Readonly<Record<string, string>>;
  /** PEM of the CA with which this network's proxy re-signs TLS, where it does. */
  readonly interceptionCa?: string;
  readonly onKeyLog: (line: string) => void;
}

/** What is known of one attempt before the captures are read. */
interface AttemptRecord {
  readonly cell: PlannedCell;
  readonly round: number;
  readonly rung: Rung;
  readonly report: AttemptReport;
}

/** The cells of one access network, one attempt after the other: so a packet can only belong to one of them. */
export class NetworkRun {
  private readonly records: AttemptRecord[] = [];
  private readonly drops: DropWatch;
  private readonly proxyLog: ProxyLog | undefined;
  private readonly rule: RuleLookup;

  constructor(
    private readonly network: AccessNetwork,
    private readonly ueCapture: Capture,
    private readonly coreCapture: Capture,
    private readonly options: NetworkRunOptions,
  ) {
    this.drops = new DropWatch(network.drops.stdout, `fw-${network.firewall.id}`);
    this.proxyLog = network.proxyLog && new ProxyLog(network.proxyLog.stdout);
    this.rule = rulesOf(network.firewall, network.at.proxy);
  }

  /** Runs the cells in order and gives their results once the captures have been read. */
  async run(cells: readonly PlannedCell[]): Promise<CellResult[]> {
    const { plan, scenarios, reporter } = this.options;
    for (let round = 1; round <= plan.repeat; round++) {
      for (const cell of cells) {
        const scenario = scenarios.find(({ id }) => id === cell.scenario);
        if (!scenario) throw new Error(`no scenario ${cell.scenario}`);
        reporter.onCellBegin?.(cell);
        await scenario.run(this.actions(cell, round), {
          steps: plan.steps,
          ladder: plan.ladder,
          hasProxy: this.network.at.proxy !== undefined,
        });
      }
    }
    return this.finish(cells);
  }

  private actions(cell: PlannedCell, round: number): UeActions {
    const { ue } = this.network;
    return {
      register: (rung) => this.attempt(cell, round, rung, (request) => ue.register(request)),
      relay: (rung) => this.attempt(cell, round, rung, (request) => ue.relay(request)),
    };
  }

  private async attempt(
    cell: PlannedCell,
    round: number,
    rung: Rung,
    act: (request: AttemptRequest) => Promise<AttemptReport>,
  ): Promise<AttemptReport> {
    const { ue, at } = this.network;
    const id = `${cell.id}/${rung.step}-${rung.via}${this.options.plan.repeat > 1 ? `/${round}` : ''}`;
    const startedAt = Date.now();
    using watch = new AttemptWatch(this.drops, {
      startedAt,
      rule: this.rule,
      ...(at.proxy ? { proxy: { address: at.proxy, names: this.options.names } } : {}),
    });
    const stopListening = ue.on({
      flow: (flow) => flow.attempt === id && watch.addFlow(flow),
      identifier: (identifier) => identifier.attempt === id && watch.addIdentifier(identifier),
      keylog: ({ line }) => this.options.onKeyLog(line),
    });
    if (this.options.plan.patience === 'evidence') void watch.hopeless.then(() => ue.abandon({ attempt: id }));
    const report = await act({ attempt: id, step: rung.step, via: rung.via, suite: cell.suite }).finally(
      stopListening,
    );
    await this.evidenceArrives(report, watch);
    const record = { cell, round, rung, report };
    this.records.push(record);
    this.options.reporter.onAttempt?.(cell, this.resultOf(record, this.evidenceOf(record)));
    return report;
  }

  /** The UE's word can be faster than the logs. What does not come within the time is judged as not there. */
  private async evidenceArrives(report: AttemptReport, watch: AttemptWatch): Promise<void> {
    const proxy = this.proxyTrace();
    const tunnels = report.flows.filter((flow) => flow.remote.ip === proxy?.address);
    if (proxy && this.proxyLog && tunnels.length > 0) {
      const trace: AttemptTrace = { ...report, endedAt: Infinity };
      await this.proxyLog.until(() => ownEntries(proxy, trace).length >= tunnels.length, proxyLagMs);
    }
    if (!report.failure || !mayComeOfADrop(report.failure.code) || watch.reason) return;
    const timer = new AbortController();
    await Promise.race([watch.hopeless, elapsed(dropLagMs, timer.signal)]);
    timer.abort();
  }

  private proxyTrace(): (ProxyTrace & { readonly ca?: string }) | undefined {
    const { at, firewall } = this.network;
    if (!at.proxy || !this.proxyLog) return undefined;
    const { interceptionCa } = this.options;
    return {
      id: `proxy-${firewall.id}`,
      address: at.proxy,
      log: this.proxyLog.entries,
      ...(interceptionCa ? { ca: interceptionCa } : {}),
    };
  }

  /** @param content the capture of the UE's side, once it is complete; the verdict can be had without */
  private evidenceOf({ report, rung }: AttemptRecord, content?: CaptureContent): Evidence[] {
    const proxy = this.proxyTrace();
    return collectEvidence({
      report,
      via: rung.via,
      drops: this.drops.drops,
      rule: this.rule,
      ...(proxy ? { proxy } : {}),
      ...(content ? { capture: { content, name: captureNames(this.network.firewall).ue } } : {}),
    });
  }

  private async finish(cells: readonly PlannedCell[]): Promise<CellResult[]> {
    await this.ueCapture.flush(this.network.at.firewallInside);
    await Promise.all([this.ueCapture.stop(), this.coreCapture.stop()]);
    const content = await readCapture(createReadStream(this.ueCapture.file));
    return cells.map((cell) => {
      const attempts = this.records
        .filter((record) => record.cell === cell)
        .map((record) => this.resultOf(record, this.evidenceOf(record, content)));
      return this.cellOf(cell, attempts);
    });
  }

  private cellOf(cell: PlannedCell, attempts: AttemptResult[]): CellResult {
    const { knobs } = this.network.firewall;
    const expected = expectedStep(knobs, cell.scenario, cell.suite, this.options.plan.steps);
    const result = {
      ...cell,
      attempts,
      traversedAt: traversedAt(attempts),
      expected,
      outcome: outcomeOf(attempts, expected),
    };
    this.options.reporter.onCellEnd?.(result);
    return result;
  }

  private resultOf({ cell, round, rung, report }: AttemptRecord, evidence: Evidence[]): AttemptResult {
    const witness = { end: report.end, ...report.failure };
    return {
      id: report.attempt,
      round,
      ...rung,
      ...judge(witness, evidence),
      expected: expectationOf(this.network.firewall.knobs, rung, cell.suite).verdict,
      durationMs: Math.round(report.durationMs * 10) / 10,
      witness,
      evidence,
    };
  }
}

/** Names of an access network's captures, relative to the run's folder. */
export function captureNames({ id }: Firewall): { ue: string; core: string } {
  return { ue: `captures/${id}-ue-side.pcap`, core: `captures/${id}-core-side.pcap` };
}

function rulesOf({ knobs }: Firewall, proxyIp: string | undefined): RuleLookup {
  const rules = new Map(
    describeRules(knobs, proxyIp).map(({ id, statement, decisive }) => [
      id as string,
      { statement, decisive },
    ]),
  );
  return (id) => rules.get(id);
}

/** A deadline that can be called off. */
function elapsed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => clearTimeout(timer));
  });
}
