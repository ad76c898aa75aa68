import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { AttemptFailure, socketFailure, systemCode } from '../failure';
import type { Endpoint } from '../protocol';
import { Listening } from './channel';
import type { Channel, ChannelListener } from './channel';
import type { LocalPorts } from './local-ports';

/** A UDP socket that is connected to one server, so that the kernel reports ICMP errors about that server. */
class UdpChannel implements Channel {
  readonly transport = 'udp';
  private readonly listening = new Listening();
  private open = true;

  readonly server: Endpoint;

  constructor(
    private readonly socket: Socket,
    readonly local: Endpoint,
    readonly remote: Endpoint,
  ) {
    this.server = remote;
    socket.on('message', (data) => this.listening.data(data));
    socket.on('error', (error) => this.failed(error));
  }

  send(data: Buffer): void {
    if (!this.open) return;
    this.socket.send(data, (error) => {
      if (error) this.failed(error);
    });
  }

  listen(listener: ChannelListener): void {
    this.listening.attach(listener);
  }

  close(): Promise<void> {
    this.destroy();
    return Promise.resolve();
  }

  destroy(): void {
    this.listening.close();
    if (!this.open) return;
    this.open = false;
    this.socket.close();
  }

  lose(failure: AttemptFailure): void {
    this.listening.lost(failure);
    this.destroy();
  }

  private failed(error: Error): void {
    const what = `UDP to ${this.remote.ip}:${this.remote.port}`;
    // On a connected UDP socket ECONNREFUSED is an ICMP "port unreachable".
    const failure =
      systemCode(error) === 'ECONNREFUSED'
        ? new AttemptFailure('UNREACHABLE', `${what}: ICMP port unreachable`)
        : socketFailure(what, error);
    this.listening.lost(failure);
  }
}

/**
 * Opens a UDP socket on the next local port, without sending anything.
 * @param bound called with the local endpoint before the socket can send
 * @throws AttemptFailure `UNREACHABLE` if there is no route
 */
export async function openUdp(
  address: string,
  ports: LocalPorts,
  remote: Endpoint,
  bound: (local: Endpoint) => void,
): Promise<Channel> {
  const socket = createSocket('udp4');
  try {
    const local = { ip: address, port: await bindUdp(socket, address, ports) };
    bound(local);
    await settled(socket, 'connect', () => socket.connect(remote.port, remote.ip));
    return new UdpChannel(socket, local, remote);
  } catch (error) {
    // A late error of a socket that is given up must not be thrown by the emitter.
    socket.on('error', () => undefined);
    socket.close();
    throw error instanceof AttemptFailure
      ? error
      : socketFailure(`UDP to ${remote.ip}:${remote.port}`, error);
  }
}

/** Binds to the next port that is free. */
export async function bindUdp(socket: Socket, address: string, ports: LocalPorts): Promise<number> {
  for (let tries = 1; ; tries++) {
    const port = ports.take();
    try {
      await settled(socket, 'listening', () => socket.bind({ address, port, exclusive: true }));
      return port;
    } catch (error) {
      if (systemCode(error) !== 'EADDRINUSE' || tries === maxBindTries) throw error;
    }
  }
}

/** Number of ports to try before giving up, since other programs may hold some. */
export const maxBindTries = 64;

function settled(socket: Socket, event: 'listening' | 'connect', start: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const succeed = (): void => {
      socket.off('error', fail);
      resolve();
    };
    const fail = (error: Error): void => {
      socket.off(event, succeed);
      reject(error);
    };
    socket.once(event, succeed);
    socket.once('error', fail);
    start();
  });
}
