import fc from 'fast-check';
import { cut } from '../testing/cut';
import { TurnFramer, readDatagram, writeChannelData } from './stream-framer';
import type { TurnFrame } from './stream-framer';

/** Reads the frames of a stream. It removes the quoted bytes of a reason, because their number depends on the cuts. */
function frames(chunks: readonly Buffer[], hasChannels = true): TurnFrame[] {
  const framer = new TurnFramer(() => hasChannels);
  return chunks
    .flatMap((chunk) => framer.push(chunk))
    .map((frame) =>
      frame.kind === 'broken'
        ? { ...frame, reason: frame.reason.replace(/begins with .*, which/, 'begins with ..., which') }
        : frame,
    );
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
      fc.property(garbage, places, fc.boolean(), (parts, at, hasChannels) => {
        const bytes = Buffer.concat(parts.map((part) => part.bytes));
        expect(frames(cut(bytes, at), hasChannels)).toEqual(frames([bytes], hasChannels));
      }),
    );
  });

  it.each([
    ['bytes 80, which is neither STUN nor ChannelData', '\x80'],
    ['"PING", which is neither STUN nor ChannelData', 'PING'],
    // Other servers answer STUN in their own way: a web server with text, a TLS server with an alert.
    [
      '"HTTP/1.1 400 Bad Request", which is neither STUN nor ChannelData of a bound channel',
      'HTTP/1.1 400 Bad Request\r\n',
    ],
    ['"H", which is neither STUN nor ChannelData of a bound channel', 'H'],
    ['bytes 15 03 03 00 02 02 46, which is no header of STUN', '\x15\x03\x03\x00\x02\x02\x46'],
    ['bytes 00 01 00 03, which is no header of STUN', '\x00\x01\x00\x03'],
    ['bytes 00 01 00 00 01, which is no header of STUN', '\x00\x01\x00\x00\x01'],
  ])('gives up at once: %s', (reason, bytes) => {
    const framer = new TurnFramer();
    expect(framer.push(Buffer.from(bytes, 'latin1'))).toEqual([
      { kind: 'broken', reason: `a frame begins with ${reason}` },
    ]);
    expect(framer.push(stun(0))).toEqual([]);
  });

  it('takes ChannelData from when a channel was asked for', () => {
    let asked = false;
    const framer = new TurnFramer(() => asked);
    expect(framer.push(stun(1))).toHaveLength(1);
    asked = true;
    const data = Buffer.from('HTTP');
    expect(framer.push(writeChannelData(0x4854, data, true))).toEqual([
      { kind: 'channel', channel: 0x4854, data },
    ]);
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
