import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { AttemptLike } from '../attempt';
import { socketOf, type Channel } from '../dialler/channel';
import type { Access } from '../dialler/dialler';
import { StreamChannel } from '../dialler/stream-channel';
import { maxBindTries } from '../dialler/udp-channel';
import { AttemptFailure, systemCode, socketFailure } from '../failure';
import type { Endpoint } from '../protocol';
import type { MsrpTransport } from './transport';

/** Waits on a port of its own for the only connection of the session. */
export class ListeningTransport implements MsrpTransport {
  readonly setup = 'passive';
  private readonly server: Server;
  private local: Endpoint | undefined;
  private readonly arrival: Promise<Channel>;
  private arrive: (channel: Channel) => void = () => undefined;
  private giveUp: (failure: AttemptFailure) => void = () => undefined;
  private arrived = 0;

  constructor(
    private readonly access: Access,
    private readonly attempt: Pick<AttemptLike, 'tellFlow' | 'closeAtEnd' | 'onFlowAbandoned'>,
  ) {
    this.arrival = new Promise((resolve, reject) => {
      this.arrive = resolve;
      this.giveUp = reject;
    });
    this.arrival.catch(() => undefined);
    // The socket is paused until the session reads, so that no early bytes are lost.
    this.server = createServer({ noDelay: true, pauseOnConnect: true }, (socket) => this.take(socket));
    attempt.closeAtEnd(() => this.close());
  }

  get connections(): number {
    return this.arrived;
  }

  async prepare(): Promise<Endpoint> {
    for (let tries = 1; ; tries++) {
      const local = { ip: this.access.address, port: this.access.ports.take() };
      try {
        await listening(this.server, local);
        this.server.on('error', (error) => this.giveUp(socketFailure('listening for MSRP', error)));
        this.local = local;
        return local;
      } catch (error) {
        if (systemCode(error) === 'EADDRINUSE' && tries < maxBindTries) continue;
        throw socketFailure('listening for MSRP', error);
      }
    }
  }

  /** Waits for the connection as long as opening one may take, after which the other end has given up too. */
  async connect(): Promise<Channel> {
    const { connect } = this.access.timers;
    const timer = setTimeout(() => {
      const where = this.local ? `${this.local.ip}:${this.local.port}` : 'its port';
      this.giveUp(new AttemptFailure('NO_MEDIA', `nobody connected to ${where} within ${connect / 1000} s`));
    }, connect);
    try {
      return await this.arrival;
    } finally {
      clearTimeout(timer);
    }
  }

  release(): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  close(): void {
    this.server.close();
    this.giveUp(new AttemptFailure('ABANDONED', 'the session was closed'));
  }

  private take(socket: Socket): void {
    // An error before the channel listens, or on a socket that is refused, must not be thrown by the emitter.
    socket.on('error', () => undefined);
    const { remoteAddress, remotePort } = socket;
    if (this.arrived > 0 || this.local === undefined || remoteAddress === undefined || !remotePort) {
      socket.destroy();
      return;
    }
    this.arrived++;
    this.server.close();
    const remote = { ip: remoteAddress, port: remotePort };
    this.attempt.closeAtEnd(() => socket.destroy());
    this.attempt.tellFlow({ protocol: 'tcp', local: this.local, remote });
    const channel = new StreamChannel(
      'tcp',
      socket,
      this.local,
      remote,
      remote,
      `connection from ${remote.ip}:${remote.port}`,
    );
    this.attempt.onFlowAbandoned(socketOf(channel), (failure) => channel.lose(failure));
    this.arrive(channel);
  }
}

function listening(server: Server, { ip, port }: Endpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    const succeed = (): void => {
      server.off('error', fail);
      resolve();
    };
    const fail = (error: Error): void => {
      server.off('listening', succeed);
      reject(error);
    };
    server.once('listening', succeed);
    server.once('error', fail);
    server.listen({ host: ip, port, exclusive: true });
  });
}
