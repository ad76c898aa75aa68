import type { Socket } from 'node:net';
import { AttemptFailure, socketFailure } from '../failure';
import type { Endpoint } from '../protocol';
import { Listening } from './channel';
import type { Channel, ChannelListener } from './channel';

/** An open TCP connection, or TLS on one, as a channel. */
export class StreamChannel implements Channel {
  private readonly listening = new Listening();

  /** @param what names the connection in failures */
  constructor(
    readonly transport: 'tcp' | 'tls',
    private readonly socket: Socket,
    readonly local: Endpoint,
    readonly remote: Endpoint,
    readonly server: Endpoint,
    private readonly what: string,
  ) {
    socket.on('error', (error) => this.listening.lost(socketFailure(what, error)));
    socket.on('end', () => this.gone());
    socket.on('close', () => this.gone());
  }

  send(data: Buffer): void {
    if (this.socket.writable) this.socket.write(data);
  }

  listen(listener: ChannelListener): void {
    this.listening.attach(listener);
    this.socket.on('data', (data: Buffer) => this.listening.data(data));
    // The socket may have been paused while it changed hands, and adding a listener does not resume it.
    this.socket.resume();
  }

  close(): Promise<void> {
    this.listening.close();
    return new Promise((resolve) => {
      if (this.socket.closed) {
        resolve();
        return;
      }
      this.socket.once('close', () => resolve());
      this.socket.destroySoon();
    });
  }

  destroy(): void {
    this.listening.close();
    this.socket.destroy();
  }

  lose(failure: AttemptFailure): void {
    this.listening.lost(failure);
    this.destroy();
  }

  private gone(): void {
    this.listening.lost(new AttemptFailure('CONNECTION_LOST', `${this.what}: closed by the other side`));
  }
}
