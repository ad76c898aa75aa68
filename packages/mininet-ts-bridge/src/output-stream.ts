import type { Socket } from 'node:net';
import { Readable } from 'node:stream';

/**
 * An output stream of a command. It ends like that of a process that was killed, without an error, when the network ends
 * while the command is being started: the exit code tells how the command ended, and a reader need not know of sockets.
 */
export class OutputStream extends Readable {
  /** @param socket is not read by anybody else */
  constructor(private readonly socket: Socket) {
    super();
    socket.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => this.push(null));
  }

  /** Bytes that have come so far. */
  get bytesRead(): number {
    return this.socket.bytesRead;
  }

  override _read(): void {
    this.socket.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.socket.destroy();
    callback(error);
  }
}
