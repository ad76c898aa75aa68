import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { NodeProcess } from './backend';
import { LabError } from './lab-error';
import type { NodeLogs } from './node-logs';
import type { Outages } from './outages';

/** How a process ends that SIGKILL ended. */
const killed = 137;

/** How long the last words of a program may take after its end, ms: what it has started can hold its output open. */
const wordsWithinMs = 300;

/** The programs that the nodes of a lab cannot do without: when one ends, that is an outage of its node. */
export class NodePrograms {
  private readonly ended = new Set<string>();
  /** Ended by the lab itself. */
  private readonly stopped = new Set<NodeProcess>();

  constructor(
    private readonly outages: Outages,
    private readonly logs: NodeLogs,
  ) {}

  /** Whether all that a node cannot do without still runs. */
  isRunning(node: string): boolean {
    return !this.ended.has(node);
  }

  /**
   * Has the end of a process be an outage of a node, at once and with its last words, unless the lab ends.
   * @param what what a message calls it, the node's own program by default
   */
  watch(node: string, process: NodeProcess, what = node): void {
    const tell = async (): Promise<void> => {
      if (!this.stopped.has(process)) this.outages.tell(node, await this.deathOf(node, process, what));
    };
    process.exited.then(tell, tell);
  }

  /** Watches a program that a node cannot do without: with it the node has ended. */
  need(node: string, process: NodeProcess, what = node): void {
    this.watch(node, process, what);
    const end = (): unknown => this.ended.add(node);
    process.exited.then(end, end);
  }

  /** Ends a program, which is no outage then. */
  async stop(process: NodeProcess): Promise<void> {
    this.stopped.add(process);
    await process.stop();
  }

  /**
   * Waits for a program to be ready, but no longer than it runs.
   * @throws LabError `NODE_DIED` with what it said last, and what the readiness throws
   */
  async whileRunning(node: string, process: NodeProcess, ready: Promise<void>, what = node): Promise<void> {
    // Whichever comes second is of no interest.
    ready.catch(() => undefined);
    const died = process.exited.then(
      () => 'died',
      () => 'died',
    );
    const isReady = ready.then(() => 'ready');
    try {
      if ((await Promise.race([isReady, died])) === 'ready') return;
    } catch (error) {
      // Its end is often seen first by who waits for its word.
      if ((await Promise.race([died, delay(wordsWithinMs)])) !== 'died') throw error;
    }
    throw await this.deathOf(node, process, what);
  }

  /** The error that tells how a process has ended. */
  private async deathOf(node: string, process: NodeProcess, what: string): Promise<LabError> {
    const exitCode = await process.exited.catch(() => undefined);
    // What it said last may just be on its way.
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

/** Resolves when all of them are closed. */
async function allClosed(streams: readonly Readable[]): Promise<void> {
  await Promise.all(
    streams.map(
      (stream) => new Promise<unknown>((done) => (stream.closed ? done(0) : stream.once('close', done))),
    ),
  );
}
