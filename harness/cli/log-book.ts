import { Writable } from 'node:stream';

const longestBytes = 1024 * 1024;

/** The last mebibyte of a node's output, with a way to follow what comes later. */
export class LogBook extends Writable {
  private chunks: Buffer[] = [];
  private bytes = 0;
  private readonly followers = new Set<(chunk: Buffer) => void>();

  /** The text that is kept. */
  get text(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }

  /** Calls `listener` with the output from now on. The returned function ends that. */
  follow(listener: (chunk: Buffer) => void): () => void {
    this.followers.add(listener);
    return () => this.followers.delete(listener);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    while (this.bytes > longestBytes && this.chunks.length > 1) this.bytes -= this.chunks.shift()!.length;
    for (const follower of this.followers) follower(chunk);
    done();
  }
}
