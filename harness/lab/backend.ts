import type { Readable, Writable } from 'node:stream';
import type { Boxes } from '../../nodes/box';
import type { NodeSpec, Topology } from '../../topologies/topology';

/** Runs labs: one implementation per way of making isolated hosts. */
export interface Backend {
  readonly name: string;
  /**
   * Builds hosts and networks. What is not started has no `exec`: state is in the type. Where that takes a while, hosts
   * are still made, in the order of the topology, when it resolves: see {@link StartedLab.stands}.
   */
  start(topology: Topology, options: StartOptions): Promise<StartedLab>;
  /**
   * The command line that runs `argv` in a node of a lab that another process of the same user started.
   * @param handle that lab's {@link StartedLab.handle}
   * @param options `observe`: as {@link StartedNode.observe} does
   */
  commandLine(
    handle: unknown,
    node: { id: string; folder: string },
    argv: readonly string[],
    options?: { readonly observe?: boolean },
  ): string[];
  /** Program (or image) to version; only where nodes do not run this machine's programs. */
  versions?(topology: Topology, boxes: Boxes): Promise<Readonly<Record<string, string>>>;
  /**
   * What killed runs have left; only where a killed run can leave anything.
   *
   * @param patienceMs how long what is asked may be silent
   */
  findRemains?(patienceMs: number): Promise<readonly Remains[]>;
  /** Removes it. */
  removeRemains?(): Promise<Removed>;
}

/** What one killed run has left. */
export interface Remains {
  readonly run: string;
  /** The number that the killed process had. */
  readonly process: number;
  /** When the first of it was made, ms since 1970. */
  readonly since: number;
  /** Ids. */
  readonly containers: readonly string[];
  readonly networks: readonly string[];
}

/** How much was removed. */
export interface Removed {
  readonly containers: number;
  readonly networks: number;
}

export interface StartOptions {
  /** `/etc/hosts` lines that every node sees: name to IPv4 address. Nodes know each other by their ids besides. */
  readonly names: Readonly<Record<string, string>>;
  /** Of what kinds the topology's nodes are. */
  readonly boxes: Boxes;
  /** Ends the start early where that takes a backend some time; it then throws LabError `INTERRUPTED`. */
  readonly signal?: AbortSignal;
}

/** A running lab. Disposing of it ends every process and removes every network. */
export interface StartedLab extends AsyncDisposable {
  /**
   * Waits until a node has its addresses and routes, and gives it.
   * @throws LabError `UNKNOWN_NODE`, and what hinders the backend
   */
  stands(id: string): Promise<StartedNode>;
  /** A node that stands. @throws LabError `UNKNOWN_NODE` */
  node(id: string): StartedNode;
  /** How another process of the same user finds this lab again (serialisable). */
  readonly handle: unknown;
}

export interface StartedNode {
  readonly id: string;
  readonly spec: NodeSpec;
  /** The node's own folder as its programs see it. */
  readonly folder: string;
  /** Writes files below the node's folder; names are relative. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** Reads a file below the node's folder. */
  read(name: string): Promise<Buffer>;
  /** The name of the interface that has this address. Order is never assumed. */
  interfaceOf(ip: string): string;
  /** Runs a command to its end. */
  exec(argv: readonly string[], options?: { input?: string; timeoutMs?: number }): Promise<ExecResult>;
  /**
   * Starts the node's own program in the node's folder, once. A container ends with it.
   * @throws LabError `PROGRAM_STARTED`
   */
  program(argv: readonly string[]): NodeProcess;
  /** Starts a long-running command in the node's folder, beside the node's own program. */
  spawn(argv: readonly string[]): NodeProcess;
  /**
   * Starts a tool that watches the node's interfaces, with the rights to do so, which the node's own programs may not
   * have. It may see other files than they do.
   */
  observe(argv: readonly string[]): NodeProcess;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface NodeProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when the process is gone, with its exit code (or 128 + signal). */
  readonly exited: Promise<number>;
  /** Ends it: SIGTERM, after `graceMs` SIGKILL. Resolves when it is gone. */
  stop(graceMs?: number): Promise<void>;
}
