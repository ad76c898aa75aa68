import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { NodeProcess } from './backend';
import { LabError } from './lab-error';
import type { NodeLogs } from './node-logs';
import type { Outages } from './outages';

/** The exit code of a process that SIGKILL ended. */
const killed = 137;

/**
 * Milliseconds to wait for the last output of a program after its end. A child of the program can keep its
 * output open.
 */
const wordsWithinMs = 300;

/** The programs that the nodes of a lab cannot do without. The end of one is an outage of its node. */
export class NodePrograms {
  private readonly ended = new Set<string>();
  /** The processes that the lab itself has stopped. */
  private readonly stopped = new Set<NodeProcess>();

  constructor(
    private readonly outages: Outages,
    private readonly logs: NodeLogs,
  ) {}

  /** Says whether all programs that a node cannot do without still run. */
  isRunning(node: string): boolean {
    return !this.ended.has(node);
  }

  /**
   * Watches a process. Its end becomes an outage of the node at once, with the last lines of its output, unless
   * the lab ends.
   * @param what name of the process in messages; the node by default
   */
  watch(node: string, process: NodeProcess, what = node): void {
    const tell = async (): Promise<void> => {
      if (!this.stopped.has(process)) this.outages.tell(node, await this.deathOf(node, process, what));
    };
    process.exited.then(tell, tell);
  }

  /**
   * Watches a program that a node cannot do without, so that the node counts as ended when the program ends.
   */
  need(node: string, process: NodeProcess, what = node): void {
    this.watch(node, process, what);
    const end = (): unknown => this.ended.add(node);
    process.exited.then(end, end);
  }

  /** Stops a program on purpose, which is no outage. */
  async stop(process: NodeProcess): Promise<void> {
    this.stopped.add(process);
    await process.stop();
  }

  /**
   * Waits until a program is ready or has ended.
   * @throws LabError `NODE_DIED` with the last lines of its output, or the error with which `ready` rejects
   */
  async whileRunning(node: string, process: NodeProcess, ready: Promise<void>, what = node): Promise<void> {
    // When the program ends first, nobody needs the later error of `ready`.
    ready.catch(() => undefined);
    const died = process.exited.then(
      () => 'died',
      () => 'died',
    );
    const isReady = ready.then(() => 'ready');
    try {
      if ((await Promise.race([isReady, died])) === 'ready') return;
    } catch (error) {
      // What is wrong with what it said is the reason, even if it has ended by that; so that is told before its end is.
      if (error instanceof LabError && error.code === 'UE_PROTOCOL') {
        this.outages.tell(node, error);
        throw error;
      }
      // `ready` often fails because the program has ended, and then the end is the error to report.
      if ((await Promise.race([died, delay(wordsWithinMs)])) !== 'died') throw error;
    }
    throw await this.deathOf(node, process, what);
  }

  /** Returns the error about the end of a process. */
  private async deathOf(node: string, process: NodeProcess, what: string): Promise<LabError> {
    const exitCode = await process.exited.catch(() => undefined);
    // The last output may still be on its way.
    await Promise.race([allClosed([process.stdout, process.stderr]), delay(wordsWithinMs)]);
    const words = this.logs.lastWords(node);
    const end =
      exitCode === undefined
        ? `${what} ended: ${words}; look at its log`
        : exitCode === killed
          ? `${what} was killed (SIGKILL); look whether the machine ran out of memory`
          : `${what} ended (exit ${exitCode}): ${words}; look at its log`;
    return new LabError('NODE_DIED', end, { node });
  }
}

/** Resolves when all streams are closed. */
async function allClosed(streams: readonly Readable[]): Promise<void> {
  await Promise.all(
    streams.map(
      (stream) => new Promise<unknown>((done) => (stream.closed ? done(0) : stream.once('close', done))),
    ),
  );
}
