import { ipv4In } from './packet';
import { linkTypes, type CapturedPacket } from './pcap';

/** Most packets of which some fragments are awaited. Of more the oldest is given up. */
const mostOpen = 256;
/** The longest IPv4 packet, bytes. */
const longest = 65_535;

/** A packet of which fragments have come. */
interface Unfinished {
  /** The fragment with the transport's header. */
  first: CapturedPacket | undefined;
  /** What the fragments carry, by their offset in bytes. */
  readonly parts: Map<number, Buffer>;
  /** Where the last fragment ends; it is unknown until that has come. */
  end: number | undefined;
}

/** Puts the fragments of IPv4 packets together (RFC 791 3.2), as a capture has them. */
export class IpFragments {
  private readonly open = new Map<string, Unfinished>();
  private readonly givenUp: CapturedPacket[] = [];

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
    const header = (view[0]! & 0x0f) * 4;
    // RFC 791 3.2: source, destination, protocol and identification tell packets apart.
    const key =
      view.toString('latin1', 12, 20) + view.toString('latin1', 9, 10) + view.toString('latin1', 4, 6);
    const packet = this.open.get(key) ?? { first: undefined, parts: new Map(), end: undefined };
    const part = Buffer.from(view.subarray(header, Math.max(header, view.readUInt16BE(2))));
    if (offset === 0) packet.first = { ...captured, bytes: Buffer.from(captured.bytes) };
    if (isLast) packet.end = offset + part.length;
    packet.parts.set(offset, part);
    this.open.set(key, packet);
    const whole = wholeOf(packet);
    if (whole) this.open.delete(key);
    else this.bound();
    return whole;
  }

  /** Returns the first fragment of each packet of which others are missing. */
  unfinished(): CapturedPacket[] {
    return [...this.givenUp, ...[...this.open.values()].flatMap(({ first }) => first ?? [])];
  }

  private bound(): void {
    const [oldest] = this.open;
    if (!oldest || this.open.size <= mostOpen) return;
    const [key, { first }] = oldest;
    this.open.delete(key);
    if (first) this.givenUp.push(first);
  }
}

/** Returns the packet if all of it has come. */
function wholeOf({ first, parts, end }: Unfinished): CapturedPacket | undefined {
  const start = first && ipv4In(first);
  if (!first || !start || end === undefined) return undefined;
  const header = Buffer.from(start.subarray(0, (start[0]! & 0x0f) * 4));
  if (header.length + end > longest) return undefined;
  const bytes = Buffer.concat([header, Buffer.alloc(end)]);
  let reached = 0;
  for (const [offset, part] of [...parts].sort(([a], [b]) => a - b)) {
    if (offset > reached) return undefined;
    part.copy(bytes, header.length + offset);
    reached = Math.max(reached, offset + part.length);
  }
  if (reached < end) return undefined;
  bytes.writeUInt16BE(bytes.length, 2);
  bytes.writeUInt16BE(0, 6);
  return { ...first, linkType: linkTypes.raw, bytes, originalLength: bytes.length };
}
