import type { Readable, Writable } from 'node:stream';
import type { Boxes } from '../../nodes/box';
import type { Confinement } from './confined-command';
import type { NodeSpec, Topology } from '../../topologies/topology';

/** A way of making isolated hosts on which labs run. */
export interface Backend {
  readonly name: string;
  /**
   * Builds hosts and networks. A host that is not started has no `exec`; the type tells its state. A backend
   * that takes a while goes on making hosts after this resolves, in the order of the topology: see {@link
   * StartedLab.stands}.
   */
  start(topology: Topology, options: StartOptions): Promise<StartedLab>;
  /**
   * Returns the command line that runs `argv` in a node of a lab that another process of the same user started.
   * @param handle that lab's {@link StartedLab.handle}
   * @param options `observe`: runs it as {@link StartedNode.observe} does
   */
  commandLine(
    handle: unknown,
    node: { id: string; folder: string },
    argv: readonly string[],
    options?: { readonly observe?: boolean },
  ): string[];
  /**
   * Returns the version of each program or image. A backend has this only if its nodes do not run this
   * machine's programs.
   */
  versions?(topology: Topology, boxes: Boxes): Promise<Readonly<Record<string, string>>>;
  /**
   * Finds the remains of killed runs. A backend has this only if a killed run can leave anything.
   * @param patienceMs milliseconds that the backend waits for an answer
   */
  findRemains?(patienceMs: number): Promise<readonly Remains[]>;
  /** Removes the remains of killed runs. */
  removeRemains?(): Promise<Removed>;
}

/** The remains of one killed run. */
export interface Remains {
  readonly run: string;
  /** Process id of the killed run. */
  readonly process: number;
  /** Time at which the oldest of the remains was made, ms since 1970. */
  readonly since: number;
  /** Ids of the containers; `networks` has those of networks. */
  readonly containers: readonly string[];
  readonly networks: readonly string[];
}

/** Number of removed things. */
export interface Removed {
  readonly containers: number;
  readonly networks: number;
}

export interface StartOptions {
  /** The `/etc/hosts` lines of every node: name to IPv4 address. Nodes also know each other by their ids. */
  readonly names: Readonly<Record<string, string>>;
  /** Address of the DNS server that every node asks for names that it does not know; nobody answers if it is missing. */
  readonly resolver?: string;
  /** The boxes of the topology's nodes. */
  readonly boxes: Boxes;
  /** Ends the start early in a backend that takes some time; `start` then throws LabError `INTERRUPTED`. */
  readonly signal?: AbortSignal;
}

/** A running lab. Disposing of it ends every process and removes every network. */
export interface StartedLab extends AsyncDisposable {
  /**
   * Waits until a node has its addresses and routes, and returns it.
   * @throws LabError `UNKNOWN_NODE`, or the error of the backend if it cannot make the node
   */
  stands(id: string): Promise<StartedNode>;
  /** Returns a node that has its addresses and routes. @throws LabError `UNKNOWN_NODE` */
  node(id: string): StartedNode;
  /** Identifies this lab to another process of the same user (serialisable). */
  readonly handle: unknown;
}

export interface StartedNode {
  readonly id: string;
  readonly spec: NodeSpec;
  /** Path of the node's folder as its programs see it. */
  readonly folder: string;
  /** Writes files below the node's folder; names are relative. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** Reads a file below the node's folder. */
  read(name: string): Promise<Buffer>;
  /** Returns the name of the interface with this address. The order of interfaces is never assumed. */
  interfaceOf(ip: string): string;
  /**
   * Takes an interface of this machine into the node, under its name. Missing where the backend cannot do that.
   * @throws LabError `INTERFACE_NOT_USABLE`
   */
  adopt?(device: string): Promise<void>;
  /** Runs a command and resolves when it has ended. */
  exec(argv: readonly string[], options?: { input?: string; timeoutMs?: number }): Promise<ExecResult>;
  /**
   * Starts the node's own program in the node's folder. It can be called once. A container ends with its
   * program.
   * @throws LabError `PROGRAM_STARTED`
   */
  program(argv: readonly string[], options?: ProgramOptions): NodeProcess;
  /** Starts a long-running command in the node's folder, beside the node's own program. */
  spawn(argv: readonly string[], options?: { readonly ownTmp?: boolean }): NodeProcess;
  /**
   * Starts a tool that watches the node's interfaces. It has the rights to do so, which the node's own programs
   * may lack, and it may see other files than they do.
   */
  observe(argv: readonly string[]): NodeProcess;
  /**
   * Starts a long-running program of the lab's on the node's network, beside the node's own programs and with rights that these
   * may lack. It may see other files than they do.
   * @param capabilities the Linux capabilities that it needs. A container has no others; where every node is root on its own
   *   network, they are there already
   */
  beside(argv: readonly string[], capabilities: readonly string[]): NodeProcess;
}

export interface ProgramOptions {
  /** What its environment has beyond that of every program of a lab. */
  readonly environment?: Readonly<Record<string, string>>;
  /** If set, the program is somebody else's. A backend that confines all programs can ignore it. */
  readonly confinement?: Confinement;
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
  /** Sends SIGTERM, and SIGKILL after `graceMs`. Resolves when the process is gone. */
  stop(graceMs?: number): Promise<void>;
}
