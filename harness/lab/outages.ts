import type { ErrorCode } from './error-codes';
import { codeOf } from './lab-error';

/** A part of the lab that cannot be relied on any more: it ended, or never was ready. */
export interface Outage {
  /** Id of the node, or `capture ue-6`: what captures there. */
  readonly node: string;
  /** Stable, e.g. `NODE_DIED`. */
  readonly code: ErrorCode;
  /** What happened, with its last words, and what to do: one line. */
  readonly text: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** The parts of a lab that are out of order. Those that need a part are told as soon as its failure is known. */
export class Outages {
  private readonly known = new Map<string, Outage>();
  private readonly listeners = new Set<(outage: Outage) => void>();
  private isOver = false;

  get all(): readonly Outage[] {
    return [...this.known.values()];
  }

  /**
   * Says that a node is out of order. Its first outage counts: what follows from that is no news.
   * @param error why; its message is one line that a user can read
   */
  tell(node: string, error: Error): void {
    if (this.isOver || this.known.has(node)) return;
    const code = codeOf(error) ?? 'NODE_FAILED';
    const outage: Outage = { node, code, text: error.message, at: Date.now() };
    this.known.set(node, outage);
    for (const listener of [...this.listeners]) listener(outage);
  }

  /** The lab ends, and its nodes shall: from now on nothing is an outage. */
  end(): void {
    this.isOver = true;
  }

  /** Calls for every outage from now on. @returns what ends that */
  on(listener: (outage: Outage) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The first known outage of one of these nodes. */
  among(nodes: readonly string[]): Outage | undefined {
    return this.all.find(({ node }) => nodes.includes(node));
  }

  /**
   * Resolves with the first outage of one of these nodes, a known one too.
   * @param until when nobody waits for it any more; then it never resolves
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
