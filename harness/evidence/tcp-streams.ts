import type { Endpoint } from '../../nodes/ue/protocol';
import type { TcpPacket } from './packet';

/** A run of stream bytes that was first seen in one packet. */
export interface StreamPiece {
  /** Position of its first byte in the stream. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** When the packet was captured, ms since the epoch. */
  readonly at: number;
  /**
   * Number of the packet in the capture. It orders the two directions where the clock ticks too slowly to do
   * so.
   */
  readonly order: number;
}

/** One direction of a connection, up to the first gap. */
export interface TcpStream {
  /** In the order of the stream, without overlap. */
  readonly pieces: readonly StreamPiece[];
  readonly bytes: Uint8Array;
  /**
   * True if bytes are missing: in a gap, beyond the limit, or acknowledged by the other side and never
   * captured.
   */
  readonly incomplete: boolean;
  /** True if the SYN was captured, so that the position of the first byte is known. */
  readonly begun: boolean;
}

/** A TCP connection as a capture shows it. */
export interface TcpConnection {
  /** The end that sent the SYN, or the first packet when no SYN was seen. */
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly synSeen: boolean;
  /** True if the SYN was answered with a SYN-ACK. */
  readonly answered: boolean;
  /** Capture time of its first packet, ms since the epoch. */
  readonly openedAt: number;
  readonly lastAt: number;
  readonly fromClient: TcpStream;
  readonly fromServer: TcpStream;
}

/** Bytes kept of each direction: a registration takes some KiB. */
const defaultLimit = 4 * 1024 * 1024;

/** Reassembles the TCP connections of a capture, with retransmissions, overlaps and segments in any order. */
export class TcpReassembler {
  private readonly connections: Connection[] = [];
  /** The latest connection of each pair of endpoints. */
  private readonly current = new Map<string, Connection>();
  private order = 0;

  /** @param limit bytes kept of each direction of each connection */
  constructor(private readonly limit = defaultLimit) {}

  /**
   * Takes a captured segment. It ignores fragments and segments that are cut off after their ports, which tell
   * nothing.
   * @param order number of the packet in the capture; by default the segments are counted
   */
  add(packet: TcpPacket, at: number, order = this.order++): void {
    const { flags } = packet;
    if (flags === undefined || packet.fragment !== 'no') return;
    const src = { ip: packet.src, port: packet.sport };
    const dst = { ip: packet.dst, port: packet.dport };
    const opens = flags.syn && !flags.ack;
    const key = [`${src.ip}:${src.port}`, `${dst.ip}:${dst.port}`].sort().join(' ');
    let connection = this.current.get(key);
    if (!connection || (opens && !connection.accepts(src, packet.seq))) {
      connection = new Connection(at, this.limit);
      this.connections.push(connection);
      this.current.set(key, connection);
    }
    // A SYN-ACK shows which end is the client as well as a SYN does.
    if (opens) connection.name(src, dst, packet.seq);
    else if (flags.syn) connection.nameByAnswer(dst, src);
    else connection.nameByFirst(src, dst);
    connection.lastAt = Math.max(connection.lastAt, at);
    connection.openedAt = Math.min(connection.openedAt, at);
    if (packet.ack !== undefined) connection.half(dst).acknowledge(packet.ack);
    const half = connection.half(src);
    const first = flags.syn ? (packet.seq + 1) >>> 0 : packet.seq;
    if (flags.syn) half.begin(first);
    half.add(first, packet.payload, at, order);
  }

  /** Returns the connections seen so far, ordered by their first packet. */
  all(): TcpConnection[] {
    return this.connections.map((connection) => connection.facts());
  }
}

class Connection {
  client: Endpoint | undefined;
  server: Endpoint | undefined;
  lastAt: number;
  private syn: number | undefined;
  private answered = false;
  private readonly halves = new Map<string, Half>();

  constructor(
    public openedAt: number,
    private readonly limit: number,
  ) {
    this.lastAt = openedAt;
  }

  /** Says whether a SYN belongs to this connection: it repeats the known SYN, or it arrived late. */
  accepts(src: Endpoint, seq: number): boolean {
    if (this.syn !== undefined) return this.syn === seq && same(this.client, src);
    return this.half(src).couldBegin((seq + 1) >>> 0);
  }

  name(client: Endpoint, server: Endpoint, seq: number): void {
    this.client = client;
    this.server = server;
    this.syn = seq;
  }

  nameByAnswer(client: Endpoint, server: Endpoint): void {
    this.answered = true;
    if (this.syn !== undefined) return;
    this.client = client;
    this.server = server;
  }

  nameByFirst(client: Endpoint, server: Endpoint): void {
    this.client ??= client;
    this.server ??= server;
  }

  half(from: Endpoint): Half {
    const key = `${from.ip}:${from.port}`;
    const half = this.halves.get(key) ?? new Half(this.limit);
    this.halves.set(key, half);
    return half;
  }

  facts(): TcpConnection {
    const nobody = { ip: '0.0.0.0', port: 0 };
    const client = this.client ?? nobody;
    const server = this.server ?? nobody;
    return {
      client,
      server,
      synSeen: this.syn !== undefined,
      answered: this.answered,
      openedAt: this.openedAt,
      lastAt: this.lastAt,
      fromClient: this.half(client).stream(),
      fromServer: this.half(server).stream(),
    };
  }
}

interface Segment {
  /** Sequence number of its first byte, counted from the half's origin. */
  readonly start: number;
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly order: number;
}

/** One direction as a sorted list of segments without overlap. Of each byte the first copy seen is kept. */
class Half {
  private origin: number | undefined;
  /** Beginning of the stream as the SYN gives it, counted from the origin. */
  private first: number | undefined;
  private readonly segments: Segment[] = [];
  private size = 0;
  /** Highest number that the other side has acknowledged. */
  private acknowledged: number | undefined;
  private dropped = false;

  constructor(private readonly limit: number) {}

  /** Records the sequence number at which the SYN says that the stream begins. */
  begin(seq: number): void {
    this.origin ??= seq;
    this.first ??= this.relative(seq);
  }

  /** Records that the other side has everything before this number. */
  acknowledge(ack: number): void {
    this.origin ??= ack;
    this.acknowledged = Math.max(this.acknowledged ?? -Infinity, this.relative(ack));
  }

  couldBegin(seq: number): boolean {
    if (this.origin === undefined) return true;
    if (this.first !== undefined) return this.first === this.relative(seq);
    const lowest = this.segments[0]?.start ?? 0;
    const gap = lowest - this.relative(seq);
    return gap >= 0 && gap <= this.limit;
  }

  add(seq: number, bytes: Uint8Array, at: number, order: number): void {
    this.origin ??= seq;
    if (bytes.length === 0) return;
    let start = this.relative(seq);
    const end = start + bytes.length;
    // Walk over the known segments and keep only the bytes that fall between them.
    let index = this.indexAfter(start);
    while (start < end) {
      const next = this.segments[index];
      if (next && next.start <= start) {
        start = Math.max(start, next.start + next.bytes.length);
        index++;
        continue;
      }
      const until = Math.min(end, next?.start ?? end);
      const offset = bytes.length - (end - start);
      this.insert(index, { start, bytes: bytes.subarray(offset, offset + until - start), at, order });
      index++;
      start = until;
    }
  }

  stream(): TcpStream {
    const pieces: StreamPiece[] = [];
    const begin = this.first ?? this.segments[0]?.start ?? 0;
    let reached = begin;
    // Without its SYN, the bytes before the first segment are unknown.
    let incomplete = this.dropped || (this.first === undefined && this.segments.length > 0);
    for (const { start, bytes, at, order } of this.segments) {
      // Bytes before the beginning are not part of the stream: a keep-alive probe repeats the byte before the
      // next.
      const skip = Math.max(0, begin - start);
      if (skip >= bytes.length) continue;
      if (start + skip !== reached) {
        incomplete = true;
        break;
      }
      pieces.push({ offset: reached - begin, bytes: bytes.subarray(skip), at, order });
      reached = start + bytes.length;
    }
    // A FIN takes a number of its own, so one more than was seen may be acknowledged.
    if (this.acknowledged !== undefined && this.acknowledged > reached + 1) incomplete = true;
    const begun = this.first !== undefined;
    return { pieces, bytes: Buffer.concat(pieces.map((piece) => piece.bytes)), incomplete, begun };
  }

  private insert(index: number, segment: Segment): void {
    if (this.size + segment.bytes.length > this.limit) {
      this.dropped = true;
      return;
    }
    this.size += segment.bytes.length;
    this.segments.splice(index, 0, segment);
  }

  /** Index of the last segment that begins at or before `start`, or 0. */
  private indexAfter(start: number): number {
    let low = 0;
    let high = this.segments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.segments[middle]?.start ?? 0) <= start) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  /** Sequence numbers wrap at 2^32: the difference is taken as a signed number (RFC 9293 3.4). */
  private relative(seq: number): number {
    return (seq - (this.origin ?? seq)) | 0;
  }
}

function same(a: Endpoint | undefined, b: Endpoint): boolean {
  return a?.ip === b.ip && a.port === b.port;
}
