import { Reception } from './reception';

/** 20 ms packets at 8 kHz; `at` in milliseconds. */
function packet(number: number) {
  return {
    ...{ payloadType: 8, marker: false, sequence: number % 0x1_0000, ssrc: 1 },
    timestamp: (number * 160) % 2 ** 32,
    payload: Buffer.alloc(160),
  };
}

function received(...numbers: number[]): Reception {
  const reception = new Reception(1, 8000);
  for (const number of numbers) reception.take(packet(number), 1000 + 20 * number);
  return reception;
}

describe('what is received of a source', () => {
  it('is counted with what is missing', () => {
    const reception = received(10, 11, 13, 16);
    // 10 to 16 are seven.
    expect(reception).toMatchObject({ packets: 4, expected: 7, lost: 3, octets: 640, duplicates: 0 });
    // Three of seven in 256ths, rounded down.
    expect(reception.report()).toMatchObject({ fractionLost: 109, lost: 3, highestSequence: 16 });
  });

  it('reports the fraction lost since the last report (RFC 3550 A.3)', () => {
    const reception = received(10, 11, 13);
    reception.report();
    for (const number of [14, 16]) reception.take(packet(number), 2000);
    expect(reception.report()).toMatchObject({ fractionLost: Math.floor(256 / 3), lost: 2 });
    expect(reception.report()).toMatchObject({ fractionLost: 0, lost: 2 });
  });

  it('tells duplicates and what came out of order', () => {
    expect(received(1, 2, 2, 4, 3)).toMatchObject({ packets: 4, duplicates: 1, reordered: 1, lost: 0 });
  });

  it('goes over the end of the sequence numbers', () => {
    const reception = received(65_534, 65_535, 65_536, 65_538, 65_537);
    expect(reception).toMatchObject({ packets: 5, lost: 0, reordered: 1 });
    // One cycle, and number 2 of it.
    expect(reception.report().highestSequence).toBe(0x1_0002);
  });

  it('takes a packet from before the first one for what it is', () => {
    expect(received(1, 0)).toMatchObject({ packets: 2, expected: 2, lost: 0, reordered: 1 });
    expect(received(65_536, 65_535)).toMatchObject({ packets: 2, expected: 2, lost: 0, reordered: 1 });
  });

  it('measures jitter by RFC 3550 A.8', () => {
    const reception = new Reception(1, 8000);
    const at = [0, 20, 48, 60];
    for (const [number, ms] of at.entries()) reception.take(packet(number), 1000 + ms);
    // Transit times differ by 0, 8 and -8 ms, that is 64 units: J = 64/16 = 4, then 4 + (64 - 4)/16 = 7.75.
    expect(reception.jitter.last).toBeCloseTo(7.75 / 8, 6);
    expect(reception.report().jitter).toBe(7);
    // After each packet but the first: 0, 4, 7.75.
    expect(reception.jitter.mean).toBeCloseTo((0 + 4 + 7.75) / 3 / 8, 6);
    // One that comes on time lets the filter forget.
    reception.take(packet(4), 1080);
    expect(reception.jitter.max).toBeGreaterThan(reception.jitter.last);
  });

  it('is not shaken by the end of the timestamps', () => {
    const last = 2 ** 32 / 160;
    const reception = new Reception(1, 8000);
    for (const number of [-1, 0, 1]) {
      const timestamp = (2 ** 32 + (Math.floor(last) + number) * 160) % 2 ** 32;
      reception.take({ ...packet(2 + number), timestamp }, 1000 + 20 * number);
    }
    expect(reception.jitter.max).toBeLessThan(0.001);
  });

  it('remembers when packets came and how long none did', () => {
    const reception = new Reception(1, 8000);
    expect(reception.arrivals).toEqual({ first: undefined, last: undefined, longestGapMs: 0 });
    for (const [number, at] of [1000, 1020, 1350, 1370].entries()) reception.take(packet(number), at);
    expect(reception.arrivals).toEqual({ first: 1000, last: 1370, longestGapMs: 330 });
  });

  it('refers to the last report of the sender', () => {
    const reception = received(1);
    expect(reception.report()).toMatchObject({ lastReport: 0, delay: 0 });
    const ntp = 0x1122_3344_5566_7788n;
    reception.takeSenderInfo({ ntp, rtpTimestamp: 0, packets: 1, octets: 160 }, 5000);
    // Half a second is 32768 of 65536ths.
    expect(reception.report(5500)).toMatchObject({ lastReport: 0x3344_5566, delay: 32_768 });
  });
});
