import { ipv4In } from './packet';
import { linkTypes, type CapturedPacket } from './pcap';

/** Most packets of which some fragments are awaited. Of more the oldest is given up. */
const mostOpen = 256;
/** Most fragments of a packet: the longest packet has fewer in any network that carries more than 128 bytes at once. */
const mostParts = 640;
/** How long a packet's fragments may be apart, in ms. Later the sender may have taken its identification again (RFC 6864 1). */
const longestApartMs = 30_000;
/** The longest IPv4 packet, bytes. */
const longest = 65_535;

/** A packet of which fragments have come. */
interface Unfinished {
  /** When the fragment came that came first. */
  readonly since: number;
  /** The fragment with the transport's header. */
  first: CapturedPacket | undefined;
  /** What the fragments carry, by their offset in bytes. */
  readonly parts: Map<number, Buffer>;
  /** Bytes of all parts. */
  length: number;
  /** Where the last fragment ends; it is unknown until that has come. */
  end: number | undefined;
}

/** Puts the fragments of IPv4 packets together (RFC 791 3.2), as a capture has them. */
export class IpFragments {
  private readonly open = new Map<string, Unfinished>();

  /** @param givenUp takes the first fragment of each packet of which no more fragments are awaited */
  constructor(private readonly givenUp: (first: CapturedPacket) => void = () => undefined) {}

  /**
   * Takes a captured packet, in the order of the capture.
   * @returns the packet if it is no fragment; the whole one with its last fragment, captured when its first one was, as
   *   that frame; else undefined
   */
  take(captured: CapturedPacket): CapturedPacket | undefined {
    const bytes = ipv4In(captured);
    const view = bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (!view || view.length < 20) return captured;
    const field = view.readUInt16BE(6);
    const [isLast, offset] = [(field & 0x2000) === 0, (field & 0x1fff) * 8];
    if (isLast && offset === 0) return captured;
    // RFC 791 3.2: source, destination, protocol and identification tell packets apart.
    const key =
      view.toString('latin1', 12, 20) + view.toString('latin1', 9, 10) + view.toString('latin1', 4, 6);
    const packet = this.opened(key, captured.at);
    // The same fragment again says nothing new.
    if (packet.parts.has(offset)) return undefined;
    const header = (view[0]! & 0x0f) * 4;
    const part = Buffer.from(view.subarray(header, Math.max(header, view.readUInt16BE(2))));
    if (offset === 0) packet.first = { ...captured, bytes: Buffer.from(captured.bytes) };
    if (isLast) packet.end = offset + part.length;
    packet.parts.set(offset, part);
    packet.length += part.length;
    const whole = wholeOf(packet);
    if (whole) this.open.delete(key);
    else if (packet.parts.size === mostParts) this.close(key);
    return whole;
  }

  /** Returns the first fragment of each packet of which others are still awaited. */
  unfinished(): CapturedPacket[] {
    return [...this.open.values()].flatMap(({ first }) => first ?? []);
  }

  /** Returns the packet that a fragment is of, and makes room for it. */
  private opened(key: string, at: number): Unfinished {
    const known = this.open.get(key);
    if (known && at - known.since <= longestApartMs) return known;
    if (known) this.close(key);
    else if (this.open.size === mostOpen) this.close([...this.open.keys()][0]!);
    const packet: Unfinished = { since: at, first: undefined, parts: new Map(), length: 0, end: undefined };
    this.open.set(key, packet);
    return packet;
  }

  private close(key: string): void {
    const first = this.open.get(key)?.first;
    this.open.delete(key);
    if (first) this.givenUp(first);
  }
}

/** Returns the packet if all of it has come. */
function wholeOf({ first, parts, length, end }: Unfinished): CapturedPacket | undefined {
  const start = first && ipv4In(first);
  if (!first || !start || end === undefined || length < end) return undefined;
  const header = Buffer.from(start.subarray(0, (start[0]! & 0x0f) * 4));
  if (header.length + end > longest) return undefined;
  const sorted = [...parts].sort(([a], [b]) => a - b);
  let reached = 0;
  for (const [offset, part] of sorted) {
    if (offset > reached) return undefined;
    reached = Math.max(reached, offset + part.length);
  }
  if (reached < end) return undefined;
  const bytes = Buffer.concat([header, Buffer.alloc(end)]);
  for (const [offset, part] of sorted) part.copy(bytes, header.length + offset);
  bytes.writeUInt16BE(bytes.length, 2);
  bytes.writeUInt16BE(0, 6);
  return { ...first, linkType: linkTypes.raw, bytes, originalLength: bytes.length };
}
