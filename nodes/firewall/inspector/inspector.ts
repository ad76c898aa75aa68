import type { Finding } from '../../../firewalls/inspection';
import { Connection } from './connection';
import { readTcpPacket, type TcpPacket } from './ip-packet';
import { Room } from './reassembly';

/** Number of connections that are remembered. The one that has been silent for longest is forgotten first. */
const mostConnections = 4096;
/** Bytes that all connections together may hold. */
const roomBytes = 2 ** 25;

/**
 * Finds out what the packets of port 443 carry; it is given them in the order in which they pass. It is pure: it
 * takes IP packets and returns findings for the firewall's rules.
 *
 * A connection begins with the server's SYN/ACK, which states both first sequence numbers. Data of a connection whose
 * beginning it has not seen, or that it had to forget, is `not-followed`.
 */
export class Inspector {
  /** The connections by both endpoints, in the order of their latest packets. */
  private readonly connections = new Map<string, { server: string; connection: Connection }>();
  private readonly room = new Room(roomBytes);

  /** @returns the finding about the packet; undefined if it may simply pass */
  inspect(bytes: Buffer): Finding | undefined {
    const packet = readTcpPacket(bytes);
    return packet ? this.inspectTcp(packet) : 'not-followed';
  }

  private inspectTcp(packet: TcpPacket): Finding | undefined {
    const { source, destination, sequence, acknowledgement, flags, data } = packet;
    if (flags.syn) {
      // The sender of data in a SYN (RFC 7413) repeats it after the SYN/ACK.
      if (data.length > 0) return 'not-followed';
      if (flags.ack) this.begin(packet);
      return undefined;
    }
    const key = keyOf(packet);
    const known = this.connections.get(key);
    if (!known) return data.length > 0 ? 'not-followed' : undefined;
    this.connections.delete(key);
    if (flags.rst) {
      known.connection.forget();
      return undefined;
    }
    this.connections.set(key, known);
    return known.connection.segment({
      fromServer: source === known.server && destination !== known.server,
      sequence,
      acknowledges: flags.ack ? acknowledgement : undefined,
      data,
    });
  }

  private begin(packet: TcpPacket): void {
    const { source, sequence, acknowledgement } = packet;
    const first = { client: acknowledgement, server: (sequence + 1) | 0 };
    const key = keyOf(packet);
    const known = this.connections.get(key);
    // A repeated SYN/ACK begins nothing new.
    if (known?.server === source && known.connection.startsWith(first)) return;
    known?.connection.forget();
    this.connections.delete(key);
    this.connections.set(key, { server: source, connection: new Connection(first, this.room) });
    if (this.connections.size <= mostConnections) return;
    const [[oldest, { connection }]] = this.connections as unknown as [[string, { connection: Connection }]];
    connection.forget();
    this.connections.delete(oldest);
  }
}

const keyOf = ({ source, destination }: TcpPacket): string => [source, destination].sort().join(' ');
