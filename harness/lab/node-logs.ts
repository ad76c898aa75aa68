import type { Writable } from 'node:stream';
import type { NodeProcess } from './backend';
import { keptBytes, lastWords } from './last-words';

/** What the nodes of a lab say: each has one log, whatever runs on it. */
export class NodeLogs {
  private readonly logs = new Map<string, Writable>();
  /** The end of what each node has said. */
  private readonly said = new Map<string, string>();

  /** @param open gives the stream of a node's log; it is ended by {@link end} */
  constructor(private readonly open: (node: string) => Writable) {}

  /** Sends what a process writes to these streams to the node's log. */
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

  /** What a node said last, in one line. */
  lastWords(node: string): string {
    return lastWords(this.said.get(node) ?? '');
  }

  /** Resolves when all of it is written. */
  async end(): Promise<void> {
    await Promise.all([...this.logs.values()].map((log) => new Promise<void>((resolve) => log.end(resolve))));
  }

  private of(node: string): Writable {
    const log = this.logs.get(node) ?? this.open(node);
    this.logs.set(node, log);
    return log;
  }
}
