import { randomBytes } from 'node:crypto';
import { release } from 'node:os';
import type { Firewall } from '../../firewalls/catalogue';
import { callsAtOnce, valueOf } from '../../scenarios/option';
import { journalName } from '../journal/events';
import { Journal } from '../journal/journal';
import type { FirewallResult, KnownDeviation, OriginResult, RunResult } from '../judge/result';
import type { Backend } from '../lab/backend';
import { checkUpTimes, type CheckUpTimes } from '../lab/check-up';
import { accessNodes } from '../lab/access-network';
import { ImsLab, type LabFaults } from '../lab/ims-lab';
import { builtInBoxes } from '../../nodes';
import type { Boxes } from '../../nodes/box';
import { pcscf } from '../../nodes/pcscf/pcscf';
import { turn } from '../../nodes/turn/turn';
import type { UeDriver } from '../../nodes/ue/ue-driver';
import { ueNode } from '../../nodes/ue/ue-node';
import { LabError } from '../lab/lab-error';
import type { Outage } from '../lab/outages';
import type { LabTopology } from '../../topologies/lab-topology';
import type { Plan, PlannedCell } from '../plan/plan';
import type { Reporter } from '../report/reporter';
import { NetworkCaptures } from './network-captures';
import { isOut } from './node-work';
import { boxResultsOf } from './box-results';
import { PhoneCapture } from './phone-capture';
import { captureNames, coreCaptureName, espSaName, keyLogName } from '../evidence/capture-names';
import { EspRefusals } from '../evidence/esp-refusals';
import { ipsecName } from '../../nodes/ipsec/companion';
import type { MakerName } from '../../nodes/ipsec/protocol';
import { espMakerOf } from './esp-maker';
import { CoreCapture } from './core-capture';
import { NetworkCaptureFiles } from './network-capture-files';
import { expectedStepOf } from './expected-step';
import { NetworkRun } from './network-run';
import { startObservers } from './observers';
import { originOf } from './origin';
import { unplayedAttempts } from './unplayed-attempts';
import { firewallResultOf, planResultOf } from './plan-result';
import { playAll } from './play-all';
import { Slots } from './slots';
import { RunFolder } from './run-folder';

export interface RunOptions {
  readonly plan: Plan;
  readonly backend: Backend;
  /** Folder for captures, logs and configurations; created if it is missing. */
  readonly out: string;
  readonly reporter: Reporter;
  /** Maps each program to its version; the programs are asked while the lab runs. */
  readonly versions: Promise<Readonly<Record<string, string>>>;
  /** Ends the run early. The result then has what was measured until then. */
  readonly signal?: AbortSignal;
  /** The arguments of `nimsfw`, for the record. */
  readonly command: readonly string[];
  /** The version of nimsfw, for the record. */
  readonly tool: Promise<OriginResult['tool']>;
  /** The boxes of the lab; the built-in boxes by default. */
  readonly boxes?: Boxes;
  readonly faults?: LabFaults;
  /**
   * Proves the phone before the lab is started, and writes to a folder of its own.
   * @returns why nothing of the phone is judged; undefined if it is measured
   */
  readonly prove?: (out: string) => Promise<LabError | undefined>;
  /** Deviations that are known and do not count. */
  readonly known?: readonly KnownDeviation[];
  /** Observes the phone's sockets even if it would tell them: what it tells is not believed. */
  readonly observesPhone?: true;
  /** Times for finding a node that hangs; {@link checkUpTimes} by default. */
  readonly checkUp?: CheckUpTimes;
  /**
   * Called when the lab could not be taken down. Its remains can then keep this process from ending by itself.
   */
  readonly onLeft?: () => void;
}

/**
 * Runs a plan on a lab that it starts and stops, and returns the result. The result is written before the lab
 * is taken down. When a signal or an error ends the run early, the result keeps every attempt that was judged
 * before, and is marked as interrupted.
 * @throws LabError when the lab cannot be started, or when anything but a signal ended the run early
 */
export async function run(options: RunOptions): Promise<RunResult> {
  const { reporter } = options;
  const startedAt = new Date();
  const id = `${startedAt.toISOString().replace(/[-:]|\.\d+Z$/g, '')}-${randomBytes(3).toString('hex')}`;
  const folder = await RunFolder.open(options.out);
  const unproved = await provePhone(options, folder);
  const lab = await startLab(options, folder);
  if (unproved) lab.outages.tell(ueNode.kind, unproved);
  const file = folder.appender(journalName);
  const journal = new Journal(file.append, (event) => reporter.onEvent?.(event));
  /** The firewalls of whose networks there is to be a capture for people. */
  let wanted: readonly FirewallResult[] = [];
  const captures = new NetworkCaptureFiles(options.out, ({ code, message }) =>
    journal.add({ type: 'warning', code, text: message }),
  );
  try {
    // The journal begins when the lab stands. A machine that cannot run the lab so prints one line that says
    // so, and nothing else.
    journal.begin(await beginningOf(options, lab.topology, { id, startedAt: startedAt.toISOString() }));
    const { interrupted, error } = await measure(options, folder, lab, { journal, captures });
    if (error === undefined)
      wanted = options.plan.firewalls.map((firewall) => firewallResultOf(firewall, options.plan));
    if (error !== undefined && !journal.state.isAnythingJudged) throw error;
    await options.versions;
    journal.add({ type: 'run-ended', interrupted: interrupted || error !== undefined });
    const result = journal.state.result()!;
    try {
      await reporter.onEnd?.(result);
    } catch (failure) {
      // The error that ended the run comes first, even if the reporter then failed as well.
      throw error ?? (failure as Error);
    }
    if (error !== undefined) throw error;
    return result;
  } finally {
    await takeDown(lab, options, journal);
    // Of a run that was interrupted, what was captured is complete only now.
    await captures.finish(wanted);
    file.close();
  }
}

/** Returns the facts about a run that are known when its lab stands. */
async function beginningOf(
  options: RunOptions,
  topology: LabTopology,
  { id, startedAt }: { readonly id: string; readonly startedAt: string },
): Promise<Parameters<Journal['begin']>[0]> {
  const { plan, backend, command } = options;
  return {
    run: {
      id,
      startedAt,
      backend: backend.name,
      patience: plan.patience,
      timers: plan.timers,
      ladder: plan.ladder,
      kernel: release(),
      origins: [originOf(plan, { run: id, command: [...command], tool: await options.tool })],
      plan: planResultOf(plan),
      boxes: boxResultsOf(options.boxes ?? builtInBoxes, topology),
      firewalls: plan.firewalls.map((firewall) => firewallResultOf(firewall, plan)),
      ...(options.known ? { known: [...options.known] } : {}),
    },
    cells: plan.cells.map((cell) => ({ ...cell, expected: expectedStepOf(cell, plan) })),
  };
}

/** The subfolder with what the phone did in its proof. */
const proofName = 'proof';

/** Proves the phone, if that is asked for. What it did is only kept if it does not count. */
async function provePhone({ prove }: RunOptions, folder: RunFolder): Promise<LabError | undefined> {
  try {
    const unproved = await prove?.(folder.path(proofName));
    if (!unproved) folder.remove(proofName);
    return unproved;
  } catch (error) {
    folder.discard();
    throw error;
  }
}

async function startLab(options: RunOptions, folder: RunFolder): Promise<ImsLab> {
  const { plan, signal, faults, checkUp, boxes } = options;
  try {
    return await ImsLab.start({
      backend: options.backend,
      catalogue: plan.catalogue,
      firewalls: plan.firewalls,
      timers: plan.timers,
      securities: [...new Set(plan.cells.map(({ security }) => security))],
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

/** Takes the lab down. The measurement is safe by now, so a failure is only a warning. */
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
 * Access networks that start at once. If all started at once, all would be ready late. Two at a time bring the
 * first verdict early, because the first network shares the processors with one other only.
 */
const startingAtOnce = 2;

interface Measured {
  /** Says whether a signal ended the run. */
  readonly interrupted: boolean;
  /** The error that ended the run early, if there was one. */
  readonly error: Error | undefined;
}

async function measure(
  options: RunOptions,
  folder: RunFolder,
  lab: ImsLab,
  { journal, captures }: { readonly journal: Journal; readonly captures: NetworkCaptureFiles },
): Promise<Measured> {
  const { plan, signal } = options;
  const tell = ({ node, code, text }: Outage): void => journal.add({ type: 'outage', node, code, text });
  lab.outages.all.forEach(tell);
  lab.outages.on(tell);
  options.versions.then(
    (versions) => journal.add({ type: 'versions', versions: { ...versions } }),
    // `run` awaits the versions at its end and gets this error there.
    () => undefined,
  );
  const keys = folder.stream(keyLogName);
  // After an interruption attempts still run although the file is already closed.
  const onKeyLog = (line: string): unknown => keys.writableEnded || keys.write(`${line}\n`);
  const { onEspSa, end: endEspSas } = espSaFile(options, folder);
  const makers = new Set<string>();
  const onEspMaker = async (maker: string): Promise<void> => {
    if (makers.has(maker)) return;
    makers.add(maker);
    const versions = await options.versions.catch(() => ({}));
    // What a kernel does and what a program of ours does may differ, so a reader has to know it as a version.
    journal.add({ type: 'versions', versions: { ...versions, ESP: [...makers].sort().join(', ') } });
  };
  const interruption = new Promise<void>((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener('abort', () => resolve());
  });
  const core = unlessOut(lab, CoreCapture.start(lab, folder.stream(coreCaptureName)), coreCapture);
  const esp = espRefusals(options, lab);
  const peer = needsPeer(options) ? attendingPeer(lab) : undefined;
  const starting = new Slots(startingAtOnce);
  const talking = new Slots(valueOf(plan.options, callsAtOnce));
  const over = new AbortController();
  const onCaptured = async (firewall: Firewall): Promise<void> => {
    if (!keys.writableEnded) await new Promise((resolve) => keys.write('', resolve));
    captures.begin(firewallResultOf(firewall, plan));
  };
  const common = {
    ...{ lab, folder, journal, core, esp, peer, starting, talking, onKeyLog, onEspSa, onEspMaker },
    onCaptured,
    over: over.signal,
  };
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
  // After an interruption the lab goes down under the attempts that still run, and nobody needs their errors.
  networks.catch(() => undefined);
  let error: Error | undefined;
  try {
    await Promise.race([networks, interruption, folder.failed]);
    await Promise.race([unlessOut(lab, endOf(core), coreCapture), interruption, folder.failed]);
    const ended = new Promise<void>((resolve) => keys.end(resolve));
    const kept = Promise.all([folder.kept(), ended, endEspSas()]);
    await Promise.race([kept, folder.failed]);
    await Promise.race([captures.done(), interruption, folder.failed]);
  } catch (failure) {
    error = folder.explain(failure as Error);
  }
  over.abort();
  // Attempts on networks that were not closed are judged for the last time here: no more evidence will come.
  for (const network of standing.values()) network.judgeAgain();
  return { interrupted: signal?.aborted ?? false, error };
}

/** Listens to what the P-CSCF refuses of authentic ESP, in a lab with IPsec. */
async function espRefusals(
  { plan }: Pick<RunOptions, 'plan'>,
  lab: ImsLab,
): Promise<EspRefusals | undefined> {
  if (!hasIpsec(plan)) return undefined;
  // A core that cannot be started is recorded as an outage.
  const program = await lab.companion(pcscf.kind, ipsecName).catch(() => undefined);
  return program && new EspRefusals(program.stdout);
}

/** Says whether a plan has cells with IPsec. */
const hasIpsec = ({ cells }: RunOptions['plan']): boolean => cells.some(({ security }) => security === 'aka');

/** Opens the file with the keys of IPsec, if the run has any; without IPsec there is none. */
function espSaFile(
  { plan }: Pick<RunOptions, 'plan'>,
  folder: RunFolder,
): { readonly onEspSa: (line: string) => void; readonly end: () => Promise<void> } {
  if (!hasIpsec(plan)) return { onEspSa: () => undefined, end: () => Promise.resolve() };
  const file = folder.stream(espSaName);
  return {
    // After an interruption attempts still run although the file is already closed.
    onEspSa: (line) => void (file.writableEnded || file.write(`${line}\n`)),
    end: () => new Promise((resolve) => file.end(resolve)),
  };
}

/** The name of the core's capture among the parts of the lab that can be out of order. */
const coreCapture = 'capture core';

/** Ends the capture of the core, if it was started. */
async function endOf(core: Promise<CoreCapture | undefined>): Promise<void> {
  await (await core)?.stop();
}

/** Resolves with the peer, or with undefined if it cannot attend. That is recorded as its outage. */
async function attendingPeer(lab: ImsLab): Promise<UeDriver | undefined> {
  try {
    return await lab.attendingPeer();
  } catch (error) {
    lab.outages.tell('peer', error as Error);
    return undefined;
  }
}

/** Returns the outage because of which a cell has no network to play on. */
function outageOf({ firewall, to }: PlannedCell, lab: ImsLab): Outage {
  const nodes = [firewall, ...(to === undefined ? [] : [to])].flatMap(
    (network) => accessNodes(lab.topology, network).all,
  );
  return lab.outages.among([ueNode.kind, ...nodes])!;
}

/**
 * Says whether a scenario needs the peer to answer. One that only registers or relays needs no more than an
 * echo there.
 */
const needsPeer = ({ plan }: RunOptions): boolean => plan.scenarios.some((one) => one.needsPeer);

/** The things that the networks of a run share. */
interface Common {
  readonly lab: ImsLab;
  readonly folder: RunFolder;
  readonly journal: Journal;
  /** The capture of the core; undefined if it could not be started. */
  readonly core: Promise<CoreCapture | undefined>;
  /** What the P-CSCF refuses of authentic ESP; undefined without IPsec. */
  readonly esp: Promise<EspRefusals | undefined>;
  /** The other end; undefined if no scenario needs it. */
  readonly peer: Promise<UeDriver | undefined> | undefined;
  readonly starting: Slots;
  readonly talking: Slots;
  readonly onKeyLog: (line: string) => void;
  readonly onEspSa: (line: string) => void;
  /** Called with who makes the security associations of a UE. */
  readonly onEspMaker: (maker: MakerName) => Promise<void>;
  /** Called when the captures of a network have ended, and its keys have been told. */
  readonly onCaptured: (firewall: Firewall) => Promise<void>;
  readonly over: AbortSignal;
}

/**
 * Starts an access network and resolves with it when it is ready, or with undefined if a node of it is out of
 * order.
 */
async function startNetwork(
  firewall: Firewall,
  { plan, checkUp, observesPhone, boxes = builtInBoxes }: RunOptions,
  common: Common,
): Promise<NetworkRun | undefined> {
  const { lab, folder, journal, core, esp, peer, starting, talking, over } = common;
  const { onKeyLog, onEspSa, onEspMaker, onCaptured } = common;
  if (lab.outages.among([ueNode.kind])) return undefined;
  const names = captureNames(firewall);
  const nodes = accessNodes(lab.topology, firewall.id);
  const outputs = {
    ue: folder.stream(names.ue),
    core: folder.stream(names.core),
    ...(names.proxy === undefined ? {} : { proxy: folder.stream(names.proxy) }),
  };
  const [network, captures, observers] = await starting.use(() =>
    Promise.all([
      unlessOut(lab, lab.startAccess(firewall)),
      unlessOut(
        lab,
        NetworkCaptures.start(lab, firewall.id, boxes, outputs),
        `capture ${firewall.id}`,
        nodes.all,
      ),
      unlessOut(lab, startObservers(lab, firewall.id, boxes)),
      // The outage of a core node is recorded by the lab, so its error is ignored here.
      lab.coreReady.catch(() => undefined),
    ]),
  );
  const other = await peer;
  const sip = (await core)?.sip;
  const refused = await esp;
  const isObserved = observesPhone ?? network?.ue.capabilities.sockets === 'observed';
  // Without it nothing that the phone does can be judged.
  const starts = isObserved ? PhoneCapture.start(lab, firewall.id, boxes) : undefined;
  const phone = starts && (await unlessOut(lab, starts));
  if (!network || !observers || lab.outages.among(nodes.all)) return undefined;
  if (hasIpsec(plan)) {
    const maker = await espMakerOf(lab.node(nodes.ue));
    if (maker) await onEspMaker(maker);
  }
  journal.add({ type: 'network-ready', firewall: firewall.id });
  return new NetworkRun(network, captures, phone, {
    plan,
    journal,
    talking,
    names: lab.names,
    servers: { pcscf: lab.addressOf(pcscf.kind), turn: lab.addressOf(turn.kind) },
    outages: lab.outages,
    checkUpEveryMs: (checkUp ?? checkUpTimes).everyMs,
    checkUp: (nodes) => lab.checkUp(nodes),
    lacking: (wanted) => boxes.lacking({ ...wanted, knobs: firewall.knobs }),
    over,
    ...(firewall.knobs.proxy === 'intercepting' && lab.interceptionCa
      ? { interceptionCa: lab.interceptionCa }
      : {}),
    onKeyLog,
    onEspSa,
    onCaptured,
    folder,
    observers,
    ...(other ? { peer: other } : {}),
    ...(sip ? { core: sip } : {}),
    ...(refused ? { esp: refused } : {}),
  });
}

/**
 * Awaits work on a node. An error of the node becomes its outage; an error of the lab as a whole is thrown.
 * @param what the part of the lab that is out of order, if that is not the node
 * @param nodes the nodes that the work needs; when one of them is out of order, an error is only what follows of that
 */
async function unlessOut<T>(
  lab: ImsLab,
  work: Promise<T>,
  what?: string,
  nodes: readonly string[] = [],
): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    const { node } = error.details;
    if (await isOut(lab.outages, node === undefined ? nodes : [node])) return undefined;
    if (node === undefined) throw error;
    lab.outages.tell(what ?? node, error);
    return undefined;
  }
}
