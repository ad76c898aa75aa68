import { Socket } from 'node:net';

/**
 * An output stream of a command. It ends like that of a process that was killed, without an error, when the network ends
 * while the command is being started: how the command ended is told by its exit code, and a reader need not know of sockets.
 */
export class OutputStream extends Socket {
  override destroy(error?: Error): this {
    if (error === undefined || this.readableEnded) return super.destroy();
    this.once('end', () => super.destroy());
    this.push(null);
    return this;
  }
}
