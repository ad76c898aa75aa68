import type { Writable } from 'node:stream';
import type { NodeProcess } from './backend';
import { keptBytes, lastWords } from './last-words';

/** Most bytes of a node's log. The busiest node of a run writes a tenth of it. */
const mostBytes = 16 * 1024 ** 2;

/** The last line of a log that was longer. */
const cutWords = `\nnimsfw: the log ends here, at ${mostBytes} bytes; what came after it is left out\n`;

/** The logs of the nodes of a lab. Each node has one log for all programs on it. */
export class NodeLogs {
  private readonly logs = new Map<string, Writable>();
  /** The end of each node's output. */
  private readonly said = new Map<string, string>();
  /** The bytes that each node's log has. */
  private readonly written = new Map<string, number>();

  /** @param open returns the stream of a node's log, which {@link end} ends */
  constructor(private readonly open: (node: string) => Writable) {}

  /** Sends the output of a process on these streams to the node's log. */
  keep(node: string, process: NodeProcess, streams: readonly ('stdout' | 'stderr')[]): void {
    for (const name of streams) {
      process[name].on('data', (chunk: Buffer) => {
        this.write(node, chunk);
        this.said.set(node, `${this.said.get(node) ?? ''}${chunk.toString('latin1')}`.slice(-keptBytes));
      });
    }
  }

  /** Also writes text from another source to the node's log. It does not count as the node's last words. */
  copy(node: string, from: NodeProcess): void {
    from.stdout.on('data', (chunk: Buffer) => this.write(node, chunk));
  }

  /** Returns the reason at the end of a node's output in one line, see {@link lastWords}. */
  lastWords(node: string): string {
    return lastWords(this.said.get(node) ?? '');
  }

  /** Ends the logs and resolves when they are written. */
  async end(): Promise<void> {
    await Promise.all([...this.logs.values()].map((log) => new Promise<void>((resolve) => log.end(resolve))));
  }

  /** Writes to a node's log until it is full. The output itself is read to its end, so that nobody waits for the log. */
  private write(node: string, chunk: Buffer): void {
    const written = this.written.get(node) ?? 0;
    this.written.set(node, written + chunk.length);
    if (written >= mostBytes) return;
    const log = this.of(node);
    log.write(chunk.subarray(0, mostBytes - written));
    if (written + chunk.length >= mostBytes) log.write(cutWords);
  }

  private of(node: string): Writable {
    const log = this.logs.get(node) ?? this.open(node);
    this.logs.set(node, log);
    return log;
  }
}
