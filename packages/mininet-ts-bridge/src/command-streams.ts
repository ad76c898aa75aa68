import type { Socket } from 'node:net';
import { Readable, Writable } from 'node:stream';

/**
 * The streams of a command. They are there at once, and get the command's sockets when it has connected; so one that is
 * destroyed or ended before does no harm to the command's start.
 */

type Done = (error?: Error | null) => void;

/** The standard input of a command. What is written before the command has connected is sent then. */
export class InputStream extends Writable {
  private socket: Socket | undefined;
  private waiting: ((socket: Socket) => void) | undefined;

  /** Gives it the socket that the command reads. */
  attach(socket: Socket): void {
    if (this.destroyed) {
      socket.destroy();
      return;
    }
    this.socket = socket;
    this.waiting?.(socket);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.with((socket) => socket.write(chunk, done));
  }

  override _final(done: Done): void {
    this.with((socket) => socket.end(() => done()));
  }

  override _destroy(error: Error | null, done: Done): void {
    this.socket?.destroy();
    done(error);
  }

  private with(work: (socket: Socket) => void): void {
    if (this.socket) work(this.socket);
    else this.waiting = work;
  }
}

/**
 * An output stream of a command. It ends like that of a process that was killed, without an error, when the network ends:
 * the exit code tells how the command ended, and a reader need not know of sockets.
 */
export class OutputStream extends Readable {
  private socket: Socket | undefined;

  /** Gives it the socket that the command writes to. */
  attach(socket: Socket): void {
    if (this.destroyed || socket.destroyed) {
      socket.destroy();
      this.push(null);
      return;
    }
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.once('close', () => this.push(null));
  }

  /** Ends it if it has got no socket, for none will come. */
  abandon(): void {
    if (!this.socket) this.push(null);
  }

  /** Bytes that have come so far. */
  get bytesRead(): number {
    return this.socket?.bytesRead ?? 0;
  }

  override _read(): void {
    this.socket?.resume();
  }

  override _destroy(error: Error | null, done: Done): void {
    this.socket?.destroy();
    done(error);
  }
}
