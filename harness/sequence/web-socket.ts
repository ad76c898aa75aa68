/** A message of a WebSocket (RFC 6455 5.4), or a control frame. */
export interface WebSocketFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Longest frame that is read, in bytes; what says that it is longer is taken for no WebSocket. */
const longestFrame = 1024 * 1024;

/** Cuts the bytes of one direction into frames (RFC 6455 5.2). It never throws. */
export class WebSocketFramer {
  private buffer: Buffer = Buffer.alloc(0);
  /** True once a frame cannot be read. */
  isLost = false;

  get pending(): number {
    return this.buffer.length;
  }

  push(chunk: Buffer): WebSocketFrame[] {
    this.buffer = Buffer.concat([this.buffer, chunk]);
    const frames: WebSocketFrame[] = [];
    for (let frame = this.next(); frame !== undefined; frame = this.next()) frames.push(frame);
    return frames;
  }

  private next(): WebSocketFrame | undefined {
    const { buffer } = this;
    if (this.isLost || buffer.length < 2) return undefined;
    const short = buffer[1]! & 0x7f;
    const extended = short === 127 ? 8 : short === 126 ? 2 : 0;
    const isMasked = (buffer[1]! & 0x80) !== 0;
    const begin = 2 + extended + (isMasked ? 4 : 0);
    if (buffer.length < begin) return undefined;
    const length =
      extended === 8 ? Number(buffer.readBigUInt64BE(2)) : extended === 2 ? buffer.readUInt16BE(2) : short;
    if (length > longestFrame) {
      this.isLost = true;
      this.buffer = Buffer.alloc(0);
      return undefined;
    }
    if (buffer.length < begin + length) return undefined;
    const payload = Buffer.from(buffer.subarray(begin, begin + length));
    if (isMasked)
      payload.forEach((byte, index) => (payload[index] = byte ^ buffer[begin - 4 + (index % 4)]!));
    this.buffer = buffer.subarray(begin + length);
    return { opcode: buffer[0]! & 0x0f, payload };
  }
}
