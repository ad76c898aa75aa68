/**
 * The frames between the program and its bridge (`bridge-script.ts`): a length of four bytes, most significant first, then
 * as many bytes, of which the first is the kind.
 */

/** To the program: ESP that has come, a packet to be sealed, an answer of the kernel, what could not be sent, all is open. */
export const fromBridge = { esp: 'E', outgoing: 'O', netlink: 'N', failed: 'F', ready: 'R' } as const;
/** To the bridge: ESP to be sent, a packet for this node, a message for the kernel, a NAT-keepalive to be sent. */
export const toBridge = { esp: 'E', deliver: 'D', netlink: 'N', keepAlive: 'K' } as const;

/** No packet is longer; more would be a broken stream. */
const longest = 2 ** 17;

/** Makes a frame. */
export function frame(kind: string, ...content: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(
    content.reduce((sum, part) => sum + part.length, 1),
    0,
  );
  header.write(kind, 4, 'latin1');
  return Buffer.concat([header, ...content]);
}

/** Cuts a stream of bytes into frames. */
export class FrameReader {
  private rest: Buffer = Buffer.alloc(0);

  /** @throws Error if the stream is no stream of frames */
  *read(bytes: Buffer): Generator<{ readonly kind: string; readonly content: Buffer }> {
    const all = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    let at = 0;
    while (at + 5 <= all.length) {
      const length = all.readUInt32BE(at);
      if (length < 1 || length > longest) throw new Error(`a frame of ${length} bytes`);
      const end = at + 4 + length;
      if (end > all.length) break;
      const content = all.subarray(at + 5, end);
      const kind = String.fromCharCode(all[at + 4]!);
      at = end;
      // What follows is kept before the caller gets this one, since it may read no further.
      this.rest = all.subarray(at);
      yield { kind, content };
    }
    this.rest = all.subarray(at);
  }
}
