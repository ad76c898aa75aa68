import { excerpt } from '../excerpt';

/** One frame of a TURN stream. */
export type TurnFrame =
  /** A STUN message, with its header. */
  | { readonly kind: 'stun'; readonly data: Buffer }
  /** Application data of a channel, without header and padding. */
  | { readonly kind: 'channel'; readonly channel: number; readonly data: Buffer }
  /** The stream has lost its framing; nothing after this can be read. */
  | { readonly kind: 'broken'; readonly reason: string };

const stunHeader = 20;
const channelHeader = 4;
const magicCookie = Buffer.from([0x21, 0x12, 0xa4, 0x42]);

/**
 * Cuts a TURN stream, in chunks of any size, into STUN messages and ChannelData (RFC 8489 6.2.2; RFC 8656 12.5:
 * over a stream ChannelData is padded to a multiple of four bytes). It never throws, and holds at most one frame
 * (64 KiB). It recognises bytes that cannot become a frame by the first of them.
 */
export class TurnFramer {
  private buffer: Buffer = Buffer.alloc(0);
  private lost = false;

  /**
   * @param hasChannels says whether a channel was asked for. Before that a server can send no ChannelData (RFC 8656
   *   12), and bytes that look like it are another protocol: HTTP begins like 21 KiB of data for channel 0x4854
   */
  constructor(private readonly hasChannels: () => boolean = () => false) {}

  /** Takes some bytes. @returns the frames that they complete */
  push(chunk: Buffer): TurnFrame[] {
    this.add(chunk);
    const frames: TurnFrame[] = [];
    for (let frame = this.next(); frame !== undefined; frame = this.next()) frames.push(frame);
    return frames;
  }

  /** Takes some bytes, for a caller that reads frame by frame. */
  add(chunk: Buffer): void {
    if (this.lost) return;
    this.buffer = this.buffer.length === 0 ? chunk : Buffer.concat([this.buffer, chunk]);
  }

  /** Returns the next frame; undefined while it is incomplete. */
  next(): TurnFrame | undefined {
    const read = this.lost ? undefined : readFrame(this.buffer, true, this.hasChannels());
    if (read === undefined) return undefined;
    this.buffer = this.buffer.subarray(read.length);
    if (read.frame.kind === 'broken') {
      this.lost = true;
      this.buffer = Buffer.alloc(0);
    }
    return read.frame;
  }

  /** Number of bytes of a frame whose end has not come. */
  get pending(): number {
    return this.buffer.length;
  }

  /** Returns the bytes after the last frame, since a bound connection carries other bytes from some frame on. */
  takeRest(): Buffer {
    const rest = this.buffer;
    this.buffer = Buffer.alloc(0);
    return rest;
  }
}

/** Reads a datagram of TURN, where ChannelData may come without padding (RFC 8656 12.5). */
export function readDatagram(datagram: Buffer): TurnFrame {
  return readFrame(datagram, false, true)?.frame ?? broken('a datagram is shorter than it says').frame;
}

/** Writes ChannelData, which is padded over a stream and not padded over UDP. */
export function writeChannelData(channel: number, data: Buffer, stream: boolean): Buffer {
  const frame = Buffer.alloc(channelHeader + (stream ? padded(data.length) : data.length));
  frame.writeUInt16BE(channel, 0);
  frame.writeUInt16BE(data.length, 2);
  data.copy(frame, channelHeader);
  return frame;
}

interface Read {
  readonly frame: TurnFrame;
  /** Number of bytes that the frame took. */
  readonly length: number;
}

/** Reads the first frame in the buffer; undefined while it is incomplete. */
function readFrame(buffer: Buffer, stream: boolean, hasChannels: boolean): Read | undefined {
  const [first] = buffer;
  if (first === undefined) return undefined;
  // RFC 8656 12: 0x4000 to 0x4FFF are channel numbers; STUN begins with two zero bits.
  if (first < 0x40) return readStun(buffer);
  if (first < 0x50 && hasChannels) return readChannelData(buffer, stream);
  const channels = first < 0x50 ? 'ChannelData of a bound channel' : 'ChannelData';
  return broken(`a frame begins with ${excerpt(buffer)}, which is neither STUN nor ${channels}`);
}

function readStun(buffer: Buffer): Read | undefined {
  if (buffer.length < 4) return undefined;
  const body = buffer.readUInt16BE(2);
  const cookie = buffer.subarray(4, 8);
  if (body % 4 !== 0 || !cookie.equals(magicCookie.subarray(0, cookie.length))) {
    return broken(`a frame begins with ${excerpt(buffer)}, which is no header of STUN`);
  }
  const length = stunHeader + body;
  if (buffer.length < length) return undefined;
  return { frame: { kind: 'stun', data: buffer.subarray(0, length) }, length };
}

function readChannelData(buffer: Buffer, stream: boolean): Read | undefined {
  if (buffer.length < channelHeader) return undefined;
  const size = buffer.readUInt16BE(2);
  const length = channelHeader + (stream ? padded(size) : size);
  if (buffer.length < length) return undefined;
  const data = buffer.subarray(channelHeader, channelHeader + size);
  return { frame: { kind: 'channel', channel: buffer.readUInt16BE(0), data }, length };
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}

function broken(reason: string): Read {
  return { frame: { kind: 'broken', reason }, length: 0 };
}
