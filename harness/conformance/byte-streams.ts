import { MsrpFramer } from '../../nodes/ue/msrp/msrp-framer';
import { parseMessage } from '../../nodes/ue/stun/parser';
import { methods } from '../../nodes/ue/stun/methods';
import { TurnFramer } from '../../nodes/ue/turn/stream-framer';
import { packetOf, type CaptureContext, placeFields } from './packet-place';
import type { Changing, MsrpPacket, Packet, Ping, StunPacket } from './sighting';
import { SegmentOrder, type Segment } from './segment-order';
import type { Question, Row } from './tshark';

const fields = [...placeFields, 'tcp.seq', 'tcp.analysis.lost_segment', 'tcp.payload', 'data.data'] as const;
export type StreamField = (typeof fields)[number];

/**
 * The question for the bytes of every TCP connection, decrypted, of which this module itself knows what they are:
 * tshark cannot be told that TURN is within TLS, nor that MSRP follows on it. Outside TLS it is asked for the bytes of each
 * segment, whatever it takes them for: a message of random bytes once looked to it like the beginning of something else, and
 * the rest of the connection like its continuation.
 *
 * @param keys the run's TLS keys
 */
export const streamQuestion = (keys: string): Question<StreamField> => ({
  // HTTP stands before TLS in a tunnel.
  filter: 'tcp && (!http || tls) && (tcp.payload || tcp.analysis.lost_segment)',
  fields,
  options: [
    ...['-o', `tls.keylog_file:${keys}`, '--disable-protocol', 'msrp', '--disable-protocol', 'stun'],
    ...[443, 5061, 5349].flatMap((port) => ['-d', `tls.port==${port},data`]),
    ...[80, 3478].flatMap((port) => ['-d', `tcp.port==${port},data`]),
  ],
});

/** Reads one direction of a connection. */
interface Direction {
  read(bytes: Buffer, packet: Packet): void;
}

/** Collects what is seen in the connections of one capture of a UE. */
export class StreamReader {
  readonly stun: StunPacket[] = [];
  private readonly chunks: MsrpPacket[] = [];
  readonly pings: Ping[] = [];
  private readonly connections = new Map<number, Connection>();

  constructor(private readonly context: CaptureContext) {}

  /**
   * The chunks of MSRP. Those of a connection of which the capture lacks bytes are left out, because nobody knows what
   * was in between.
   */
  get msrp(): MsrpPacket[] {
    return this.chunks.filter(({ stream = -1 }) => !this.connections.get(stream)?.hasGap);
  }

  add(row: Row<StreamField>): void {
    const packet = packetOf(row, this.context);
    if (packet?.stream === undefined) return;
    const isInTls = /:tls(?=:|$)/.test(row('frame.protocols')[0] ?? '');
    let connection = this.connections.get(packet.stream);
    // A ClientHello in several segments is seen to be TLS in the last of them.
    if (connection === undefined || (isInTls && connection.transport === 'tcp')) {
      const found = { stun: this.stun, msrp: this.chunks, pings: this.pings };
      connection = new Connection(isInTls ? 'tls' : 'tcp', found);
      this.connections.set(packet.stream, connection);
    }
    // Of a connection in TLS tshark leaves out what came out of order, and says only that something was missing.
    if (row('tcp.analysis.lost_segment').length > 0) connection.lacks();
    const isFromUe = this.context.isNear(packet.source.ip);
    const hex = row(connection.transport === 'tls' ? 'data.data' : 'tcp.payload');
    const bytes = Buffer.from(hex.join('').replaceAll(':', ''), 'hex');
    if (bytes.length > 0) connection.read({ seq: Number(row('tcp.seq')[0]), bytes, of: packet }, isFromUe);
  }
}

/** Where what is seen in a connection is put. */
interface Found {
  readonly stun: StunPacket[];
  readonly msrp: MsrpPacket[];
  readonly pings: Ping[];
}

/**
 * A TCP connection of the UE. The first bytes that the UE sends tell what it carries: TURN, MSRP, or else, where CRLF
 * stands between messages, SIP.
 */
class Connection {
  private readonly directions = new Map<boolean, Direction>();
  private readonly orders = new Map<boolean, SegmentOrder<Packet>>();
  private lastPing: Changing<Ping> | undefined;
  private hasLoss = false;

  constructor(
    readonly transport: 'tcp' | 'tls',
    private readonly found: Found,
  ) {}

  /** Says whether the capture lacks bytes of it. */
  get hasGap(): boolean {
    return this.hasLoss || [...this.orders.values()].some((order) => order.hasGap);
  }

  /** Notes that a segment of it was missing when the next one came. */
  lacks(): void {
    if (this.transport === 'tls') this.hasLoss = true;
  }

  read(segment: Segment<Packet>, isFromUe: boolean): void {
    // Of what is in TLS tshark has made whole records already.
    if (this.transport === 'tls') {
      this.readNext(segment.bytes, segment.of, isFromUe);
      return;
    }
    let order = this.orders.get(isFromUe);
    if (order === undefined) this.orders.set(isFromUe, (order = new SegmentOrder()));
    for (const { bytes, of } of order.push(segment)) this.readNext(bytes, of, isFromUe);
  }

  private readNext(bytes: Buffer, packet: Packet, isFromUe: boolean): void {
    this.readPing(bytes, packet, isFromUe);
    let direction = this.directions.get(isFromUe);
    if (direction === undefined) {
      direction = this.directionOf(bytes, isFromUe);
      this.directions.set(isFromUe, direction);
    }
    direction.read(bytes, packet);
  }

  private directionOf(bytes: Buffer, isFromUe: boolean): Direction {
    if (bytes[0]! < 4) return this.turn(isFromUe);
    if (bytes.toString('latin1', 0, 5) === 'MSRP ') return this.msrp(isFromUe);
    return { read: () => undefined };
  }

  /** TURN (RFC 8656), and MSRP once the connection is bound to one of a peer (RFC 6062 4.3). */
  private turn(isFromUe: boolean): Direction {
    const framer = new TurnFramer(() => true);
    let bound: Direction | undefined;
    return {
      read: (bytes, packet) => {
        if (bound) {
          bound.read(bytes, packet);
          return;
        }
        framer.add(bytes);
        for (let frame = framer.next(); frame !== undefined; frame = framer.next()) {
          const message = frame.kind === 'stun' ? parseMessage(frame.data) : undefined;
          if (message === undefined) continue;
          this.found.stun.push({ ...packet, transport: this.transport, isFromUe, message });
          // What the UE sends behind its request comes when the answer is there, but is behind it in any case.
          if (message.method !== methods.CONNECTION_BIND || message.kind === 'error') continue;
          bound = this.msrp(isFromUe);
          bound.read(framer.takeRest(), packet);
          return;
        }
      },
    };
  }

  private msrp(isFromUe: boolean): Direction {
    const framer = new MsrpFramer();
    return {
      read: (bytes, packet) => {
        for (const chunk of framer.push(bytes))
          if (chunk.kind !== 'broken') this.found.msrp.push({ ...packet, isFromUe, chunk });
      },
    };
  }

  /** RFC 5626 4.4.1: the client sends two CRLF, the server answers with one. */
  private readPing(bytes: Buffer, packet: Packet, isFromUe: boolean): void {
    const text = bytes.toString('latin1');
    if (isFromUe && text === '\r\n\r\n') {
      this.lastPing = { ...packet, by: 'crlf', hasArrived: false };
      this.found.pings.push(this.lastPing);
    } else if (!isFromUe && this.lastPing) {
      // A pong that comes second is late.
      if (text.startsWith('\r\n')) this.lastPing.pongAfter ??= packet.at - this.lastPing.at;
      this.lastPing.hasArrived = true;
    }
  }
}
