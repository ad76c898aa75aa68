import fc from 'fast-check';
import { pcma, spokenPacket } from './pcma';
import { writeRtp } from './rtp-packet';
import { RtpSession } from './rtp-session';
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
function pair(options: { secure?: boolean; fate?: Fate } = {}): { one: RtpSession; other: RtpSession } {
  const { secure, fate = whole } = options;
  let count = 0;
  const session = (to: () => RtpSession, lose: Fate, send: Buffer, receive: Buffer): RtpSession =>
    new RtpSession({
      timers: { rtcpInterval: 1000 },
      payloadType: pcma.payloadType,
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
      payload: spokenPacket,
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
