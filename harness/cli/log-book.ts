import { Writable } from 'node:stream';

const longestBytes = 1024 * 1024;

/** The last mebibyte that a node wrote, and whatever comes. */
export class LogBook extends Writable {
  private chunks: Buffer[] = [];
  private bytes = 0;
  private readonly followers = new Set<(chunk: Buffer) => void>();

  /** What is there. */
  get text(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }

  /** Calls back with what comes from now on; the function given back ends that. */
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
