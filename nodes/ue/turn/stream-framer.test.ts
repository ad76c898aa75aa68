import fc from 'fast-check';
import { TurnFramer, readDatagram, writeChannelData } from './stream-framer';
import type { TurnFrame } from './stream-framer';

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...at, bytes.length].map((end, index) => bytes.subarray(at[index - 1] ?? 0, end));
}

function frames(chunks: readonly Buffer[]): TurnFrame[] {
  const framer = new TurnFramer();
  return chunks.flatMap((chunk) => framer.push(chunk));
}

/** A STUN header (RFC 8489 5) and a body of whole words. */
function stun(words: number): Buffer {
  const message = Buffer.alloc(20 + 4 * words, 7);
  message.writeUInt16BE(0x0101, 0);
  message.writeUInt16BE(4 * words, 2);
  message.writeUInt32BE(0x2112a442, 4);
  return message;
}

const stunFrame = fc
  .nat({ max: 40 })
  .map((words) => ({ frame: { kind: 'stun', data: stun(words) }, bytes: stun(words) }));
const channelFrame = fc
  .record({
    channel: fc.integer({ min: 0x4000, max: 0x4fff }),
    data: fc.uint8Array({ maxLength: 50 }).map(Buffer.from),
  })
  .map(({ channel, data }) => {
    // RFC 8656 12.5: over a stream the data is padded to a multiple of four bytes, which the length does not count.
    const header = Buffer.from([channel >> 8, channel & 0xff, 0, data.length]);
    const bytes = Buffer.concat([header, data, Buffer.alloc((4 - (data.length % 4)) % 4)]);
    return { frame: { kind: 'channel', channel, data }, bytes };
  });
const places = fc.array(fc.nat(), { maxLength: 12 });

describe('TurnFramer', () => {
  it('gives the same frames however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(stunFrame, channelFrame), { maxLength: 6 }), places, (parts, at) => {
        const bytes = Buffer.concat(parts.map((part) => part.bytes));
        expect(frames(cut(bytes, at))).toEqual(parts.map((part) => part.frame));
      }),
    );
  });

  it('gives the same frames for garbage however it is cut, and never throws', () => {
    const garbage = fc.array(
      fc.oneof(
        stunFrame,
        channelFrame,
        fc.uint8Array().map((bytes) => ({ bytes })),
      ),
    );
    fc.assert(
      fc.property(garbage, places, (parts, at) => {
        const bytes = Buffer.concat(parts.map((part) => part.bytes));
        expect(frames(cut(bytes, at))).toEqual(frames([bytes]));
      }),
    );
  });

  it.each([
    ['a frame begins with byte 128, which is neither STUN nor ChannelData', [0x80]],
    ['a frame begins with byte 80, which is neither STUN nor ChannelData', [0x50]],
    ['a STUN message has no magic cookie', [0, 1, 0, 0, 1, 2, 3, 4]],
    ['a STUN message says it is 3 bytes long, no multiple of four', [0, 1, 0, 3, 0x21, 0x12, 0xa4, 0x42]],
  ])('gives up: %s', (reason, bytes) => {
    const framer = new TurnFramer();
    expect(framer.push(Buffer.from(bytes))).toEqual([{ kind: 'broken', reason }]);
    expect(framer.push(stun(0))).toEqual([]);
  });
});

describe('ChannelData', () => {
  it('is padded over a stream and bare over UDP, and read back from either', () => {
    const data = Buffer.from([1, 2, 3, 4, 5]);
    const bare = Buffer.from([0x40, 0x02, 0, 5, 1, 2, 3, 4, 5]);
    expect(writeChannelData(0x4002, data, false)).toEqual(bare);
    expect(writeChannelData(0x4002, data, true)).toEqual(Buffer.concat([bare, Buffer.alloc(3)]));
    for (const datagram of [bare, writeChannelData(0x4002, data, true)]) {
      expect(readDatagram(datagram)).toEqual({ kind: 'channel', channel: 0x4002, data });
    }
  });

  it('is refused when it is shorter than it says', () => {
    const reason = 'a datagram is shorter than it says';
    expect(readDatagram(Buffer.from([0x40, 0, 0, 9, 1]))).toEqual({ kind: 'broken', reason });
    expect(readDatagram(Buffer.alloc(0))).toEqual({ kind: 'broken', reason });
  });
});
