import fc from 'fast-check';
import { formatsOf } from './audio-formats';
import { codecs } from './codecs';
import type { CodecName } from './codecs';
import { isRtcp, readRtp, writeRtp } from './rtp-packet';
import { keepAlivePayloadType, RtpSession } from './rtp-session';
import type { RtpStatistics } from './rtp-session';
import { SrtpReceiver } from './srtp';

const key = (byte: number): Buffer => Buffer.alloc(30, byte);
const delayMs = 5;

type Fate = (datagram: Buffer, count: number) => readonly Buffer[];
const whole: Fate = (datagram) => [datagram];

/**
 * Makes two sessions over a line with a delay.
 * @param fate decides what arrives of each datagram of the first session
 */
function pair(options: { secure?: boolean; fate?: Fate; codec?: CodecName; keepsAlive?: boolean } = {}): {
  one: RtpSession;
  other: RtpSession;
} {
  const { secure, fate = whole, codec = 'PCMA', keepsAlive = false } = options;
  let count = 0;
  const session = (to: () => RtpSession, lose: Fate, send: Buffer, receive: Buffer): RtpSession =>
    new RtpSession({
      timers: { rtcpInterval: 1000, rtpKeepAlive: 15_000 },
      format: formatsOf([codecs[codec]])[0]!,
      keepsAlive,
      srtp: secure ? { master: send, receiver: new SrtpReceiver(receive) } : undefined,
      send: (datagram) => {
        for (const part of lose(datagram, count++)) setTimeout(() => to().take(part), delayMs);
      },
    });
  const one: RtpSession = session(() => other, fate, key(1), key(2));
  const other: RtpSession = session(() => one, whole, key(2), key(1));
  return { one, other };
}

/** Lets both sessions talk for so long. @returns the statistics of each */
async function talk(
  { one, other }: ReturnType<typeof pair>,
  ms: number,
): Promise<{ one: RtpStatistics; other: RtpStatistics }> {
  one.start();
  other.start();
  await jest.advanceTimersByTimeAsync(ms);
  one.stop();
  other.stop();
  // Datagrams that are still under way arrive.
  await jest.advanceTimersByTimeAsync(delayMs);
  return { one: one.statistics, other: other.statistics };
}

describe('an RTP session', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick'] }));
  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it.each([false, true])('counts what both ends say and hear (SRTP: %s)', async (secure) => {
    const { one, other } = await talk(pair({ secure }), 3000);
    for (const statistics of [one, other]) {
      // At 0, 20, ... 3000 ms.
      expect(statistics.sent).toMatchObject({ packets: 151, octets: 151 * 160 });
      expect(statistics.received).toEqual({
        ...{ packets: 151, octets: 151 * 160, duplicates: 0, reordered: 0, altered: 0, garbage: 0 },
      });
      expect(statistics).toMatchObject({ lossInPercent: 0, lossOutPercent: 0 });
      expect(Math.round(statistics.roundTripMs ?? 0)).toBe(2 * delayMs);
      expect(statistics.arrivals.longestGapMs).toBeLessThanOrEqual(21);
    }
  });

  it.each([
    ['PCMU', 160],
    // RFC 4867 4.3: 4 bits of CMR, 6 of the table of contents and 253 of a frame of 12.65 kbit/s, in whole bytes.
    ['AMR-WB', 33],
  ] as const)('talks in packets of %s, of %i bytes', async (codec, bytes) => {
    const { one, other } = await talk(pair({ codec }), 1000);
    expect(one.sent).toMatchObject({ packets: 51, octets: 51 * bytes });
    expect(other.received).toMatchObject({ packets: 51, octets: 51 * bytes, altered: 0, garbage: 0 });
    // The timestamps follow the codec's clock, or the jitter would be some milliseconds.
    expect(other.jitterInMaxMs).toBeLessThan(1);
  });

  it('keeps a binding alive while it is silent, by empty packets that are in sequence', async () => {
    const sent: Buffer[] = [];
    const ends = pair({ keepsAlive: true, fate: (datagram) => (sent.push(datagram), [datagram]) });
    ends.one.start();
    ends.other.start();
    await jest.advanceTimersByTimeAsync(1000);
    ends.one.speak(false);
    const before = sent.length;
    await jest.advanceTimersByTimeAsync(31_000);
    ends.one.speak(true);
    await jest.advanceTimersByTimeAsync(1000);
    ends.one.stop();
    ends.other.stop();
    await jest.advanceTimersByTimeAsync(delayMs);
    const rtp = sent.filter((datagram) => !isRtcp(datagram)).map((datagram) => readRtp(datagram)!);
    const silent = rtp.filter(({ payloadType }) => payloadType === keepAlivePayloadType);
    // TS 24.229 K.5.2.1 has payload type 20; at 0, 15 and 30 s of the silence.
    expect(keepAlivePayloadType).toBe(20);
    expect(silent.map(({ payload }) => payload.length)).toEqual([0, 0, 0]);
    expect(sent.length).toBeGreaterThan(before);
    const [first, ...rest] = rtp;
    expect(rest.map(({ sequence }) => (sequence - first!.sequence + 0x1_0000) % 0x1_0000)).toEqual(
      rest.map((_, index) => index + 1),
    );
    // The clock went on during the silence: 33 s and the last packet are 33 * 8000 ticks.
    expect(((rtp.at(-1)!.timestamp - first!.timestamp) >>> 0) / 8000).toBeCloseTo(33, 1);
    expect(ends.other.statistics).toMatchObject({ lossInPercent: 0 });
    expect(ends.other.statistics.received).toMatchObject({ altered: 0, garbage: 0 });
  });

  it('sends nothing but reports while it is silent with ICE, which has checks of its own', async () => {
    const sent: Buffer[] = [];
    const ends = pair({ fate: (datagram) => (sent.push(datagram), [datagram]) });
    ends.one.start(false);
    await jest.advanceTimersByTimeAsync(31_000);
    ends.one.stop();
    ends.other.stop();
    await jest.advanceTimersByTimeAsync(delayMs);
    expect(sent.length).toBeGreaterThan(30);
    expect(sent.every(isRtcp)).toBe(true);
  });

  it('knows within a round trip that media flow both ways', async () => {
    const ends = pair();
    let flows = false;
    void ends.one.flowing.then(() => (flows = true));
    ends.one.start();
    ends.other.start();
    await jest.advanceTimersByTimeAsync(2 * delayMs - 1);
    expect(flows).toBe(false);
    expect(ends.one.flows).toEqual({ in: true, out: false });
    await jest.advanceTimersByTimeAsync(1);
    expect(flows).toBe(true);
    ends.one.stop();
    ends.other.stop();
    await jest.advanceTimersByTimeAsync(delayMs);
  });

  it('tells loss in the direction that has it', async () => {
    // Every fifth datagram of the first end is lost, and nearly all of its datagrams are RTP.
    const { one, other } = await talk(
      pair({ fate: (datagram, count) => (count % 5 === 4 ? [] : [datagram]) }),
      4000,
    );
    expect(other.lossInPercent).toBeGreaterThan(5);
    expect(one.lossInPercent).toBe(0);
    expect(one.lossOutPercent).toBeCloseTo(other.lossInPercent, 0);
    expect(other.lossOutPercent).toBe(0);
  });

  it('tells packets that came twice and packets that were altered', async () => {
    const twice = await talk(pair({ fate: (datagram) => [datagram, datagram] }), 200);
    expect(twice.other.received).toMatchObject({ packets: 11, duplicates: 11 });
    const alter: Fate = (datagram) => {
      const altered = Buffer.from(datagram);
      if (altered.length > 150) altered.writeUInt8(altered.readUInt8(100) ^ 0xff, 100);
      return [altered];
    };
    const altered = await talk(pair({ fate: alter }), 200);
    expect(altered.other.received).toMatchObject({ packets: 11, altered: 11 });
    // SRTP does not even take them.
    const secure = await talk(pair({ fate: alter, secure: true }), 200);
    expect(secure.other.received).toMatchObject({ packets: 0, garbage: 11 });
  });

  it('is not led astray by a stray packet that comes first', async () => {
    const ends = pair();
    const stray = {
      payloadType: 8,
      marker: false,
      sequence: 9,
      timestamp: 9,
      ssrc: 9,
      payload: codecs.PCMA.payload,
    };
    ends.other.take(writeRtp(stray));
    const { other } = await talk(ends, 200);
    // The second packet in sequence made the true source credible (RFC 3550 A.1).
    expect(other.received).toMatchObject({ packets: 10, garbage: 1 });
  });

  it('counts garbage and goes on, whatever bytes it is', async () => {
    for (const secure of [false, true]) {
      const ends = pair({ secure });
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 120 }), fc.constantFrom(0, 0x80, 0xbf), (bytes, first) => {
          const datagram = Buffer.from([first, ...bytes]);
          ends.other.take(datagram);
          ends.other.take(Buffer.from(bytes));
        }),
      );
      const { other } = await talk(ends, 400);
      expect(other.received.packets).toBeGreaterThanOrEqual(20);
      expect(other.received.garbage).toBeGreaterThan(50);
    }
  });
});
