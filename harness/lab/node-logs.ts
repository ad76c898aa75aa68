import type { Writable } from 'node:stream';
import type { NodeProcess } from './backend';
import { keptBytes, lastWords } from './last-words';

/** The logs of the nodes of a lab. Each node has one log for all programs on it. */
export class NodeLogs {
  private readonly logs = new Map<string, Writable>();
  /** The end of each node's output. */
  private readonly said = new Map<string, string>();

  /** @param open returns the stream of a node's log, which {@link end} ends */
  constructor(private readonly open: (node: string) => Writable) {}

  /** Sends the output of a process on these streams to the node's log. */
  keep(node: string, process: NodeProcess, streams: readonly ('stdout' | 'stderr')[]): void {
    const log = this.of(node);
    for (const name of streams) {
      process[name].on('data', (chunk: Buffer) => {
        log.write(chunk);
        this.said.set(node, `${this.said.get(node) ?? ''}${chunk.toString('latin1')}`.slice(-keptBytes));
      });
    }
  }

  /** Also writes text from another source to the node's log. It does not count as the node's last words. */
  copy(node: string, from: NodeProcess): void {
    const log = this.of(node);
    from.stdout.on('data', (chunk: Buffer) => log.write(chunk));
  }

  /** Returns the reason at the end of a node's output in one line, see {@link lastWords}. */
  lastWords(node: string): string {
    return lastWords(this.said.get(node) ?? '');
  }

  /** Ends the logs and resolves when they are written. */
  async end(): Promise<void> {
    await Promise.all([...this.logs.values()].map((log) => new Promise<void>((resolve) => log.end(resolve))));
  }

  private of(node: string): Writable {
    const log = this.logs.get(node) ?? this.open(node);
    this.logs.set(node, log);
    return log;
  }
}
