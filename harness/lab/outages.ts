import type { ErrorCode } from './error-codes';
import { codeOf } from './lab-error';

/** A part of the lab that is out of order: it ended, or was never ready. */
export interface Outage {
  /** Id of the node, or `capture ue-6` for the capture on that node. */
  readonly node: string;
  /** Stable, e.g. `NODE_DIED`. */
  readonly code: ErrorCode;
  /** One line: what happened, the last lines of its output, and what to do. */
  readonly text: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** The parts of a lab that are out of order. Listeners learn of an outage as soon as it is known. */
export class Outages {
  private readonly known = new Map<string, Outage>();
  private readonly listeners = new Set<(outage: Outage) => void>();
  private isOver = false;

  get all(): readonly Outage[] {
    return [...this.known.values()];
  }

  /**
   * Records that a node is out of order. Only the first outage of a node counts; later ones are its
   * consequences.
   * @param error the reason; its message is one line for the user
   */
  tell(node: string, error: Error): void {
    if (this.isOver || this.known.has(node)) return;
    const code = codeOf(error) ?? 'NODE_FAILED';
    const outage: Outage = { node, code, text: error.message, at: Date.now() };
    this.known.set(node, outage);
    for (const listener of [...this.listeners]) listener(outage);
  }

  /** Records that the lab ends. The end of its nodes is no outage from now on. */
  end(): void {
    this.isOver = true;
  }

  /** Calls `listener` for every outage from now on. @returns a function that ends that */
  on(listener: (outage: Outage) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Returns the first known outage of one of these nodes. */
  among(nodes: readonly string[]): Outage | undefined {
    return this.all.find(({ node }) => nodes.includes(node));
  }

  /**
   * Resolves with the first outage of one of these nodes, known or to come.
   * @param until aborts when nobody waits any more; the promise then never resolves
   */
  of(nodes: readonly string[], until: AbortSignal): Promise<Outage> {
    return new Promise((resolve) => {
      const known = this.among(nodes);
      if (known) return resolve(known);
      const stop = this.on((outage) => {
        if (!nodes.includes(outage.node)) return;
        stop();
        resolve(outage);
      });
      until.addEventListener('abort', stop, { once: true });
    });
  }
}
