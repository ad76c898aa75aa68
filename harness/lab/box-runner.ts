import { isDeepStrictEqual } from 'node:util';
import type { Firewall } from '../../firewalls/catalogue';
import type { Box, Boxes, CheckUp, Companion, Probe, Readiness } from '../../nodes/box';
import { AccessFacts, type LabFacts } from '../../nodes/lab-facts';
import type { ProxyLogFormat } from '../../nodes/proxy/log-entry';
import { UeDriver, UeError } from '../../nodes/ue/ue-driver';
import type { NodeSpec } from '../../topologies/topology';
import type { NodeProcess, ProgramOptions, StartedLab, StartedNode } from './backend';
import { checkByCommand, checkServer, checkUe, type CheckUps } from './check-up';
import { LabError } from './lab-error';
import { usualLimits } from './limits';
import type { NodeLogs } from './node-logs';
import type { NodePrograms } from './node-programs';
import { textIn } from './wait';

const readyWithinMs = 20_000;

/** The parts of a lab that running a box needs. */
export interface RunnerContext {
  readonly lab: StartedLab;
  readonly facts: LabFacts;
  readonly boxes: Boxes;
  readonly programs: NodePrograms;
  readonly logs: NodeLogs;
  readonly checkUps: CheckUps;
  /** Milliseconds that a node may take to answer the question whether it still works. */
  readonly answersWithinMs: number;
  /** Called with the files that a node gets, for the record. */
  readonly onFiles?: (nodeId: string, files: Readonly<Record<string, string>>) => void;
}

/** A UE that asks the boxes of its network whether they work. */
export interface Asker {
  readonly id: string;
  /** Resolves with the UE when it is ready. */
  ue(): Promise<UeDriver>;
}

/** A box whose program has been started. */
export interface RunningBox {
  readonly id: string;
  readonly kind: string;
  readonly node: StartedNode;
  readonly process: NodeProcess;
  /** The driver of a box that is a UE. */
  readonly ue?: UeDriver;
  /** The programs beside its own, by name. */
  readonly companions: ReadonlyMap<string, NodeProcess>;
  /** Resolves when the box and its companions are ready. @throws LabError `NODE_DIED`, `NOT_READY` */
  readonly ready: Promise<void>;
  /**
   * Gives the box its configuration for a changed firewall. A box that cannot reload, or whose configuration
   * stays the same, goes on as it is.
   */
  reconfigure(firewall: Firewall): Promise<void>;
  /** Follows the log of the box that serves as evidence; undefined for a box without such a log. */
  followLog(): FollowedLog | undefined;
}

/** A log that serves as evidence while it is written. */
export interface FollowedLog {
  /** The program that prints it, line by line. */
  readonly process: NodeProcess;
  readonly format: ProxyLogFormat;
}

/**
 * Runs boxes on the nodes of a lab. It gives them configuration and files, runs set-up and programs, keeps
 * their logs and awaits that they are ready.
 */
export class BoxRunner {
  constructor(private readonly context: RunnerContext) {}

  /**
   * Starts the box of a node.
   * @param firewall the firewall behind which the node stands, if any
   * @throws LabError `INVALID_NODE_CONFIG`, `NODE_SETUP_FAILED`, or the error of the backend if it cannot start
   *   the box
   */
  async start(spec: NodeSpec, asker: Asker, firewall?: Firewall): Promise<RunningBox> {
    const { lab, facts, boxes, programs, logs } = this.context;
    const box = boxes.of(spec.kind);
    const { id, kind } = spec;
    const node = await lab.stands(id);
    if (box.outside?.from === 'interface') await adopt(node, box.outside.interfaces);
    let config = this.configure(box, node, firewall);
    await this.give(box, node, config, box.setUp?.bind(box));
    const process = node.program(box.command(config, node.folder), programOptions(box, config, node.folder));
    programs.need(id, process);
    const ue = box.ready(config).by === 'rpc' ? new UeDriver(process) : undefined;
    const companions = (box.companions?.(config, node.folder) ?? []).map((companion) => {
      const { argv, capabilities, ownTmp = false } = companion;
      const beside = capabilities ? node.beside(argv, capabilities) : node.spawn(argv, { ownTmp });
      return { companion, process: beside, ready: this.companionReady(node, beside, companion) };
    });
    const ready = Promise.all([
      programs.whileRunning(id, process, this.untilReady(id, process, box.ready(config), ue ?? asker)),
      ...companions.map((one) => one.ready),
    ]).then(() => undefined);
    // A caller that awaits this promise gets its error. An error that nobody awaits yet must not end the
    // process.
    ready.catch(() => undefined);
    logs.keep(id, process, box.logs);
    this.addCheck(node, box.answers(config, facts), ue, asker);
    return {
      id,
      kind,
      node,
      process,
      ...(ue ? { ue } : {}),
      companions: new Map(companions.map(({ companion, process: beside }) => [companion.name, beside])),
      ready,
      reconfigure: async (changed) => {
        const other = this.configure(box, node, changed);
        if (!box.reload || isDeepStrictEqual(other, config)) return;
        await this.give(box, node, other, box.reload.bind(box));
        config = other;
      },
      followLog: () => box.evidenceLog && this.follow(node, box.evidenceLog),
    };
  }

  private configure(box: Box, node: StartedNode, firewall: Firewall | undefined): unknown {
    const { facts } = this.context;
    const wrong = (what: string): LabError =>
      new LabError('INVALID_NODE_CONFIG', `${what}; mend its box`, { node: node.id });
    let configured: unknown;
    try {
      configured = box.configure(facts, {
        node: node.spec,
        interfaceOf: (ip) => node.interfaceOf(ip),
        ...(firewall ? { access: new AccessFacts(firewall, facts.topology) } : {}),
      });
    } catch (error) {
      if (error instanceof LabError) throw error;
      throw wrong(`${node.id} cannot be configured: ${(error as Error).message}`);
    }
    const parsed = box.config.safeParse(configured);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw wrong(`the configuration of ${node.id} is wrong at ${issue?.path.join('.')}: ${issue?.message}`);
  }

  /** Writes a node's files, then runs commands there one after the other. */
  private async give(
    box: Box,
    node: StartedNode,
    config: unknown,
    commands: Box['setUp'] = () => [],
  ): Promise<void> {
    const files = box.files(config, node.folder);
    await node.write(files);
    this.context.onFiles?.(node.id, files);
    for (const argv of commands(config, node.folder)) {
      const { exitCode, stderr } = await node.exec(argv);
      if (exitCode !== 0)
        throw new LabError(
          'NODE_SETUP_FAILED',
          `${argv.join(' ')} failed in ${node.id}: ${stderr.trim().split('\n')[0]}; run nimsfw doctor`,
          { node: node.id },
        );
    }
  }

  /** Resolves when a program beside the node's own serves. The node counts as dead when that program ends. */
  private async companionReady(
    node: StartedNode,
    process: NodeProcess,
    { name, ready, answers }: Companion,
  ): Promise<void> {
    const { programs, logs, checkUps, answersWithinMs } = this.context;
    const what = `the ${name} of ${node.id}`;
    if (answers) checkUps.add(node.id, checkByCommand(node, answers, answersWithinMs, what));
    programs.need(node.id, process, what);
    const says = textIn(process[ready.stream], ready.text, {
      what,
      withinMs: readyWithinMs,
      node: node.id,
    });
    logs.keep(node.id, process, ['stdout', 'stderr']);
    await programs.whileRunning(node.id, process, says, what);
  }

  /** @param by the UE that asks, or the driver of the node itself if the node is a UE */
  private async untilReady(
    id: string,
    process: NodeProcess,
    ready: Readiness,
    by: UeDriver | Asker,
  ): Promise<void> {
    switch (ready.by) {
      case 'line':
        return textIn(process[ready.stream], ready.text, {
          what: `${id} to be ready`,
          withinMs: readyWithinMs,
          node: id,
        });
      case 'rpc':
        return by instanceof UeDriver ? asLabError(id, by.ready(readyWithinMs)) : undefined;
      case 'probe':
        return by instanceof UeDriver ? undefined : probe(await by.ue(), id, ready);
    }
  }

  private addCheck(
    node: StartedNode,
    answers: CheckUp | undefined,
    own: UeDriver | undefined,
    asker: Asker,
  ): void {
    const { checkUps, answersWithinMs, facts } = this.context;
    switch (answers?.by) {
      case undefined:
        return;
      case 'rpc':
        if (own) checkUps.add(node.id, checkUe(node.id, own, answersWithinMs));
        return;
      case 'command':
        return checkUps.add(node.id, checkByCommand(node, answers, answersWithinMs));
      case 'probe': {
        const between = answers.through === undefined ? undefined : facts.topology.core.get(answers.through);
        const check = async (): Promise<void> =>
          checkServer(node.id, await asker.ue(), answers, answersWithinMs)();
        checkUps.add(node.id, check, [asker.id, ...(between ? [between.id] : [])]);
      }
    }
  }

  private follow(node: StartedNode, format: ProxyLogFormat): FollowedLog {
    const tail = node.spawn(['tail', '-n', '+1', '-F', format.file]);
    this.context.programs.watch(node.id, tail, `what reads the log of ${node.id}`);
    // The evidence log also goes to the node's log, whose reader wants to see what the box did.
    this.context.logs.copy(node.id, tail);
    return { process: tail, format };
  }
}

/** Takes interfaces of this machine into a node. @throws LabError `INTERFACE_NOT_USABLE` */
async function adopt(node: StartedNode, interfaces: readonly string[]): Promise<void> {
  for (const device of interfaces) {
    if (!node.adopt)
      throw new LabError(
        'INTERFACE_NOT_USABLE',
        `${node.id} cannot take the interface ${device}; only a lab of namespaces can`,
        { node: node.id },
      );
    await node.adopt(device);
  }
}

/** Returns how the program of a box is run: one of somebody else's is confined. */
function programOptions(box: Box, config: unknown, folder: string): ProgramOptions {
  const { outside, capabilities = [], limits = usualLimits } = box;
  const environment = box.environment?.(config, folder);
  return {
    ...(environment ? { environment } : {}),
    ...(outside ? { confinement: { capabilities, limits } } : {}),
  };
}

async function probe(ue: UeDriver, node: string, { kind, at }: Probe): Promise<void> {
  try {
    await ue.probe({ kind, at, withinMs: readyWithinMs });
  } catch {
    throw new LabError(
      'NOT_READY',
      `waited ${readyWithinMs} ms for ${node} to answer (${kind} at ${at.ip}:${at.port}), in vain; look at its log`,
      { node },
    );
  }
}

/** Turns an error of a UE program into the lab's error about its node. */
export async function asLabError(node: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error instanceof UeError) throw new LabError(error.code, error.message, { node });
    throw error;
  }
}
