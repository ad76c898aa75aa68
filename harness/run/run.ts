import { randomBytes } from 'node:crypto';
import { release } from 'node:os';
import type { Firewall } from '../../firewalls/catalogue';
import type { Knobs } from '../../firewalls/knobs';
import type { Scenario } from '../../scenarios/scenario';
import { decideClaims } from '../judge/claims';
import { expectedStep, expectedStepOfMove } from '../judge/expectation';
import { summaryOf } from '../judge/outcome';
import { resultSchemaId, type CellResult, type OriginResult, type RunResult } from '../judge/result';
import type { Backend } from '../lab/backend';
import { ImsLab, type LabFaults } from '../lab/ims-lab';
import type { UeDriver } from '../../nodes/ue/ue-driver';
import type { Plan } from '../plan/plan';
import type { Reporter } from '../report/reporter';
import { NetworkCaptures } from './network-captures';
import { captureNames } from './capture-names';
import { NetworkRun } from './network-run';
import { firewallResultOf, planResultOf } from './plan-result';
import { originOf } from './origin';
import { playAll } from './play-all';
import { Slots } from './slots';
import { RunFolder } from './run-folder';

export interface RunOptions {
  readonly plan: Plan;
  readonly scenarios: readonly Scenario[];
  readonly backend: Backend;
  /** Folder for captures, logs and configurations; made where it is missing. */
  readonly out: string;
  readonly reporter: Reporter;
  /** Program to version; asked for while the lab runs. */
  readonly versions: Promise<Readonly<Record<string, string>>>;
  /** Ends the run early; what was measured until then is the result. */
  readonly signal?: AbortSignal;
  /** How it was called, for the record: the arguments of `nimsfw`. */
  readonly command: readonly string[];
  /** With what is measured, for the record. */
  readonly tool: Promise<OriginResult['tool']>;
  readonly faults?: LabFaults;
}

/**
 * Runs a plan on a lab that it starts and stops, and gives the one result model.
 * @throws LabError when the lab cannot be started or a node dies
 */
export async function run(options: RunOptions): Promise<RunResult> {
  const { plan, reporter, signal } = options;
  const startedAt = new Date();
  const cells = await measure(options, await RunFolder.open(options.out));
  const interrupted = signal?.aborted ?? false;
  const id = `${startedAt.toISOString().replace(/[-:]|\.\d+Z$/g, '')}-${randomBytes(3).toString('hex')}`;
  const all = plan.cells.map((cell) => cells.get(cell.id) ?? skipped(cell, plan));
  const result: RunResult = {
    schema: resultSchemaId,
    run: {
      id,
      startedAt: startedAt.toISOString(),
      durationMs: Date.now() - startedAt.getTime(),
      backend: options.backend.name,
      patience: plan.patience,
      ladder: plan.ladder,
      interrupted,
      kernel: release(),
      versions: { ...(await options.versions) },
      origins: [originOf(plan, { run: id, command: [...options.command], tool: await options.tool })],
      plan: planResultOf(plan),
      firewalls: plan.firewalls.map((firewall) => firewallResultOf(firewall, options)),
    },
    cells: all,
    claims: decideClaims(all),
    summary: summaryOf(all),
  };
  await reporter.onEnd?.(result);
  return result;
}

/**
 * How many access networks start at once. All at once, they would all be ready late, the first too; the first verdict
 * comes early when the first network need not share the processors with the last.
 */
const startingAtOnce = 2;

async function measure(options: RunOptions, folder: RunFolder): Promise<Map<string, CellResult>> {
  const { plan, reporter, signal } = options;
  const results = new Map<string, CellResult>();
  const records: Promise<void>[] = [];
  await using lab = await ImsLab.start({
    backend: options.backend,
    catalogue: plan.catalogue,
    firewalls: plan.firewalls,
    log: (id) => folder.stream(`nodes/${id}.log`),
    onFiles: (id, files) => records.push(folder.write(`nodes/${id}`, files)),
    ...(options.faults ? { faults: options.faults } : {}),
    ...(signal ? { signal } : {}),
  }).catch((error: unknown) => {
    folder.discard();
    throw error;
  });
  // Not before: a machine that cannot run the lab gets one line that says so, and nothing else.
  reporter.onBegin?.(plan);
  const keys = folder.stream('keys.log');
  // After an interruption attempts still run when the file is closed already.
  const onKeyLog = (line: string): unknown => keys.writableEnded || keys.write(`${line}\n`);
  const interruption = new Promise<'interrupted'>((resolve) => {
    if (signal?.aborted) resolve('interrupted');
    signal?.addEventListener('abort', () => resolve('interrupted'));
  });
  const peer = needsPeer(options) ? lab.attendingPeer() : undefined;
  // Awaited by each network.
  peer?.catch(() => undefined);
  const starting = new Slots(startingAtOnce);
  const talking = new Slots(plan.services.callsAtOnce);
  const common = { lab, folder, peer, starting, talking, onKeyLog };
  const started = new Map(
    plan.firewalls.map((firewall) => {
      const network = startNetwork(firewall, options, common);
      network.catch(() => undefined);
      return [firewall.id, network] as const;
    }),
  );
  const networks = playAll(plan, started, (cell) => results.set(cell.id, cell)).catch((error: unknown) => {
    throw folder.explain(error);
  });
  // After an interruption the lab goes down under the attempts that still run: how they end is of no interest.
  networks.catch(() => undefined);
  await Promise.race([networks, interruption, folder.failed]);
  const written = Promise.all([...records, new Promise<void>((resolve) => keys.end(resolve))]);
  await Promise.race([written, folder.failed]);
  return results;
}

/** Who only registers or relays needs nobody at the other end but an echo. */
const needsPeer = ({ plan, scenarios }: RunOptions): boolean =>
  plan.cells.some((cell) => scenarios.find(({ id }) => id === cell.scenario)?.needsPeer);

/** What the networks of a run have in common. */
interface Common {
  readonly lab: ImsLab;
  readonly folder: RunFolder;
  /** Where a scenario needs it. */
  readonly peer: Promise<UeDriver> | undefined;
  readonly starting: Slots;
  readonly talking: Slots;
  readonly onKeyLog: (line: string) => void;
}

async function startNetwork(
  firewall: Firewall,
  { plan, scenarios, reporter }: RunOptions,
  { lab, folder, peer, starting, talking, onKeyLog }: Common,
): Promise<NetworkRun> {
  const names = captureNames(firewall);
  const outputs = {
    ue: folder.stream(names.ue),
    core: folder.stream(names.core),
    ...(names.proxy === undefined ? {} : { proxy: folder.stream(names.proxy) }),
  };
  const [network, captures] = await starting.use(() =>
    Promise.all([lab.startAccess(firewall), NetworkCaptures.start(lab, firewall.id, outputs), lab.coreReady]),
  );
  return new NetworkRun(network, captures, {
    plan,
    scenarios,
    reporter,
    talking,
    names: lab.names,
    ...(firewall.knobs.proxy === 'intercepting' && lab.interceptionCa
      ? { interceptionCa: lab.interceptionCa }
      : {}),
    onKeyLog,
    folder,
    ...(peer ? { peer: await peer } : {}),
  });
}

function skipped(cell: Plan['cells'][number], plan: Plan): CellResult {
  const knobsOf = (wanted: string): Knobs => plan.firewalls.find(({ id }) => id === wanted)!.knobs;
  const { firewall, to, scenario, suite } = cell;
  const expected =
    to === undefined
      ? expectedStep(knobsOf(firewall), scenario, suite, plan.steps)
      : expectedStepOfMove(knobsOf(firewall), knobsOf(to), scenario, suite, plan.steps);
  return { ...cell, attempts: [], traversedAt: null, expected, outcome: 'skipped' };
}
