import { createSocket, type RemoteInfo } from 'node:dgram';
import type { LocalPorts } from '../dialler/local-ports';
import { bindUdp } from '../dialler/udp-channel';
import { socketFailure, type AttemptFailure } from '../failure';
import type { Endpoint } from '../protocol';

export interface ProtectedPortEvents {
  received(data: Buffer, from: Endpoint): void;
  failed(failure: AttemptFailure): void;
}

/** A UDP socket at a protected port of the UE: what it sends, and what comes to it, is to be in ESP (TS 33.203 7.1). */
export class ProtectedPort {
  private open = true;

  private constructor(
    private readonly socket: ReturnType<typeof createSocket>,
    readonly port: number,
  ) {}

  /** Takes the next local port. @throws AttemptFailure */
  static async take(address: string, ports: LocalPorts, events: ProtectedPortEvents): Promise<ProtectedPort> {
    // A lookup that answers at once has a datagram leave at once, even if the socket is closed right after.
    const socket = createSocket({ type: 'udp4', lookup: (name, _, found) => found(null, name, 4) });
    try {
      const port = await bindUdp(socket, address, ports);
      socket.on('message', (data: Buffer, from: RemoteInfo) =>
        events.received(data, { ip: from.address, port: from.port }),
      );
      socket.on('error', (error) => events.failed(socketFailure(`UDP at the protected port ${port}`, error)));
      return new ProtectedPort(socket, port);
    } catch (error) {
      socket.on('error', () => undefined);
      socket.close();
      throw socketFailure('UDP at a protected port', error);
    }
  }

  send(data: Buffer, { ip, port }: Endpoint): void {
    if (!this.open) return;
    this.socket.send(data, port, ip, (error) => error && this.socket.emit('error', error));
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.socket.close();
  }
}
