import { randomBytes } from 'node:crypto';
import { release } from 'node:os';
import type { Firewall } from '../../firewalls/catalogue';
import { callsAtOnce, valueOf } from '../../scenarios/option';
import { journalName } from '../journal/events';
import { Journal } from '../journal/journal';
import type { OriginResult, RunResult } from '../judge/result';
import type { Backend } from '../lab/backend';
import { checkUpTimes, type CheckUpTimes } from '../lab/check-up';
import { accessNodes } from '../lab/access-network';
import { ImsLab, type LabFaults } from '../lab/ims-lab';
import type { Boxes } from '../../nodes/box';
import type { UeDriver } from '../../nodes/ue/ue-driver';
import { LabError } from '../lab/lab-error';
import type { Outage } from '../lab/outages';
import type { Plan, PlannedCell } from '../plan/plan';
import type { Reporter } from '../report/reporter';
import { NetworkCaptures } from './network-captures';
import { captureNames } from './capture-names';
import { expectedStepOf } from './expected-step';
import { NetworkRun } from './network-run';
import { originOf } from './origin';
import { unplayedAttempts } from './not-played';
import { firewallResultOf, planResultOf } from './plan-result';
import { playAll } from './play-all';
import { Slots } from './slots';
import { RunFolder } from './run-folder';

export interface RunOptions {
  readonly plan: Plan;
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
  /** What stands in the lab; the built-in boxes by default. */
  readonly boxes?: Boxes;
  readonly faults?: LabFaults;
  /** How a node that hangs is found; {@link checkUpTimes} by default. */
  readonly checkUp?: CheckUpTimes;
  /** Told when the lab could not be taken down: what is left of it may keep this process from ending by itself. */
  readonly onLeft?: () => void;
}

/**
 * Runs a plan on a lab that it starts and stops, and gives the one result model. The result is written before anything is
 * taken down. What ends the run early, a signal or an error, does not cost what was judged before: the result has it, and is
 * marked.
 * @throws LabError when the lab cannot be started, or something ended it early that is no signal
 */
export async function run(options: RunOptions): Promise<RunResult> {
  const { reporter } = options;
  const startedAt = new Date();
  const id = `${startedAt.toISOString().replace(/[-:]|\.\d+Z$/g, '')}-${randomBytes(3).toString('hex')}`;
  const folder = await RunFolder.open(options.out);
  const lab = await startLab(options, folder);
  const file = folder.appender(journalName);
  const journal = new Journal(file.append, (event) => reporter.onEvent?.(event));
  try {
    // Not before the lab stands: a machine that cannot run it gets one line that says so, and nothing else.
    journal.begin(await beginningOf(options, { id, startedAt: startedAt.toISOString() }));
    const { interrupted, error } = await measure(options, folder, lab, journal);
    if (error !== undefined && !journal.state.isAnythingJudged) throw error;
    await options.versions;
    journal.add({ type: 'run-ended', interrupted: interrupted || error !== undefined });
    const result = journal.state.result()!;
    try {
      await reporter.onEnd?.(result);
    } catch (failure) {
      // What ended the run comes before what it then could not write.
      throw error ?? (failure as Error);
    }
    if (error !== undefined) throw error;
    return result;
  } finally {
    await takeDown(lab, options, journal);
    file.close();
  }
}

/** What is known of a run when its lab stands. */
async function beginningOf(
  options: RunOptions,
  { id, startedAt }: { readonly id: string; readonly startedAt: string },
): Promise<Parameters<Journal['begin']>[0]> {
  const { plan, backend, command } = options;
  return {
    run: {
      id,
      startedAt,
      backend: backend.name,
      patience: plan.patience,
      ladder: plan.ladder,
      kernel: release(),
      origins: [originOf(plan, { run: id, command: [...command], tool: await options.tool })],
      plan: planResultOf(plan),
      firewalls: plan.firewalls.map((firewall) => firewallResultOf(firewall, plan)),
    },
    cells: plan.cells.map((cell) => ({ ...cell, expected: expectedStepOf(cell, plan) })),
  };
}

async function startLab(options: RunOptions, folder: RunFolder): Promise<ImsLab> {
  const { plan, signal, faults, checkUp, boxes } = options;
  try {
    return await ImsLab.start({
      backend: options.backend,
      catalogue: plan.catalogue,
      firewalls: plan.firewalls,
      log: (id) => folder.stream(`nodes/${id}.log`),
      onFiles: (id, files) => folder.keep(`nodes/${id}`, files),
      ...(boxes ? { boxes } : {}),
      ...(faults ? { faults } : {}),
      ...(checkUp ? { answersWithinMs: checkUp.answersWithinMs } : {}),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    folder.discard();
    throw error;
  }
}

/** What was measured is safe by now: what cannot be taken down is a warning. */
async function takeDown(lab: ImsLab, { onLeft }: RunOptions, journal: Journal): Promise<void> {
  try {
    await lab[Symbol.asyncDispose]();
  } catch (error) {
    const { code, message } =
      error instanceof LabError
        ? error
        : new LabError(
            'NOT_TAKEN_DOWN',
            `the lab could not be taken down (${String(error)}); nimsfw down --all removes what is left`,
          );
    journal.add({ type: 'warning', code, text: message });
    onLeft?.();
  }
}

/**
 * How many access networks start at once. All at once, they would all be ready late, the first too; the first verdict
 * comes early when the first network need not share the processors with the last.
 */
const startingAtOnce = 2;

interface Measured {
  /** Whether a signal ended it. */
  readonly interrupted: boolean;
  /** What else ended it early. */
  readonly error: Error | undefined;
}

async function measure(
  options: RunOptions,
  folder: RunFolder,
  lab: ImsLab,
  journal: Journal,
): Promise<Measured> {
  const { plan, signal } = options;
  const tell = ({ node, code, text }: Outage): void => journal.add({ type: 'outage', node, code, text });
  lab.outages.all.forEach(tell);
  lab.outages.on(tell);
  options.versions.then(
    (versions) => journal.add({ type: 'versions', versions: { ...versions } }),
    // Awaited at the end.
    () => undefined,
  );
  const keys = folder.stream('keys.log');
  // After an interruption attempts still run when the file is closed already.
  const onKeyLog = (line: string): unknown => keys.writableEnded || keys.write(`${line}\n`);
  const interruption = new Promise<void>((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener('abort', () => resolve());
  });
  const peer = needsPeer(options) ? attendingPeer(lab) : undefined;
  const starting = new Slots(startingAtOnce);
  const talking = new Slots(valueOf(plan.options, callsAtOnce));
  const over = new AbortController();
  const common = { lab, folder, journal, peer, starting, talking, onKeyLog, over: over.signal };
  const standing = new Map<string, NetworkRun>();
  const started = new Map(
    plan.firewalls.map((firewall) => {
      const network = startNetwork(firewall, options, common);
      network.then(
        (stands) => stands && standing.set(firewall.id, stands),
        () => undefined,
      );
      return [firewall.id, network] as const;
    }),
  );
  const networks = playAll({
    plan,
    started,
    unplayed: async (cell) => {
      const attempts = await unplayedAttempts(cell, outageOf(cell, lab), plan);
      for (const attempt of attempts) journal.add({ type: 'attempt', cell: cell.id, attempt });
    },
    onEnd: (cell) => {
      if (over.signal.aborted) return;
      const expected = expectedStepOf(cell, plan);
      journal.add({ type: 'cell-ended', cell: journal.state.endOf({ ...cell, expected }) });
    },
  });
  // After an interruption the lab goes down under the attempts that still run: how they end is of no interest.
  networks.catch(() => undefined);
  let error: Error | undefined;
  try {
    await Promise.race([networks, interruption, folder.failed]);
    const kept = Promise.all([folder.kept(), new Promise<void>((resolve) => keys.end(resolve))]);
    await Promise.race([kept, folder.failed]);
  } catch (failure) {
    error = folder.explain(failure as Error);
  }
  over.abort();
  // Of those that were not played to their end: what is known by now is all that will be.
  for (const network of standing.values()) network.judgeAgain();
  return { interrupted: signal?.aborted ?? false, error };
}

/** The other end; undefined where it cannot attend, which is an outage then. */
async function attendingPeer(lab: ImsLab): Promise<UeDriver | undefined> {
  try {
    return await lab.attendingPeer();
  } catch (error) {
    lab.outages.tell('peer', error as Error);
    return undefined;
  }
}

/** Why a cell has no network to be played on. */
function outageOf({ firewall, to }: PlannedCell, lab: ImsLab): Outage {
  const nodes = [firewall, ...(to === undefined ? [] : [to])].flatMap(
    (network) => accessNodes(lab.topology, network).all,
  );
  return lab.outages.among(nodes)!;
}

/** A scenario that only registers or relays needs no more than an echo at the other end. */
const needsPeer = ({ plan }: RunOptions): boolean => plan.scenarios.some((one) => one.needsPeer);

/** What the networks of a run have in common. */
interface Common {
  readonly lab: ImsLab;
  readonly folder: RunFolder;
  readonly journal: Journal;
  /** Where a scenario needs it. */
  readonly peer: Promise<UeDriver | undefined> | undefined;
  readonly starting: Slots;
  readonly talking: Slots;
  readonly onKeyLog: (line: string) => void;
  readonly over: AbortSignal;
}

/** Resolves when the network is ready; with nothing where a node of it is out of order. */
async function startNetwork(
  firewall: Firewall,
  { plan, checkUp }: RunOptions,
  { lab, folder, journal, peer, starting, talking, onKeyLog, over }: Common,
): Promise<NetworkRun | undefined> {
  const names = captureNames(firewall);
  const outputs = {
    ue: folder.stream(names.ue),
    core: folder.stream(names.core),
    ...(names.proxy === undefined ? {} : { proxy: folder.stream(names.proxy) }),
  };
  const [network, captures] = await starting.use(() =>
    Promise.all([
      unlessOut(lab, lab.startAccess(firewall)),
      unlessOut(lab, NetworkCaptures.start(lab, firewall.id, outputs), `capture ${firewall.id}`),
      // A node of the core that is not ready is an outage.
      lab.coreReady.catch(() => undefined),
    ]),
  );
  const other = await peer;
  if (!network || lab.outages.among(accessNodes(lab.topology, firewall.id).all)) return undefined;
  journal.add({ type: 'network-ready', firewall: firewall.id });
  return new NetworkRun(network, captures, {
    plan,
    journal,
    talking,
    names: lab.names,
    outages: lab.outages,
    checkUpEveryMs: (checkUp ?? checkUpTimes).everyMs,
    checkUp: (nodes) => lab.checkUp(nodes),
    over,
    ...(firewall.knobs.proxy === 'intercepting' && lab.interceptionCa
      ? { interceptionCa: lab.interceptionCa }
      : {}),
    onKeyLog,
    folder,
    ...(other ? { peer: other } : {}),
  });
}

/**
 * What a node gives when it is ready. That it is not is its outage; what is wrong with the lab as a whole is thrown.
 * @param what whose outage it is, where that is not the node's
 */
async function unlessOut<T>(lab: ImsLab, work: Promise<T>, what?: string): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof LabError) || error.details.node === undefined) throw error;
    lab.outages.tell(what ?? error.details.node, error);
    return undefined;
  }
}
