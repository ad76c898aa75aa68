import fc from 'fast-check';
import { middleOf, ntpTime, readReport, writeReport } from './rtcp-packet';
import type { Report } from './rtcp-packet';

const number = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });

const anyReport: fc.Arbitrary<Report> = fc.record({
  ssrc: number(32),
  sender: fc.option(
    fc.record({
      ntp: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      ...{ rtpTimestamp: number(32), packets: number(32), octets: number(32) },
    }),
    { nil: undefined },
  ),
  blocks: fc.array(
    fc.record({
      ...{ ssrc: number(32), fractionLost: number(8), highestSequence: number(32), jitter: number(32) },
      lost: fc.integer({ min: -(2 ** 23), max: 2 ** 23 - 1 }),
      ...{ lastReport: number(32), delay: number(32) },
    }),
    { maxLength: 31 },
  ),
  bye: fc.boolean(),
});

describe('RTCP reports', () => {
  it('are written as RFC 3550 6.4.2, 6.5 and 6.6 have them', () => {
    const packet = writeReport({ ssrc: 0x01020304, blocks: [], bye: true }, 'ab');
    const words = [
      // RR, no block, one more word; SDES, one chunk: CNAME of two bytes, ended by nulls; BYE.
      ...['80c90001', '01020304'],
      ...['81ca0003', '01020304', '01026162', '00000000'],
      ...['81cb0001', '01020304'],
    ];
    expect(packet.toString('hex')).toBe(words.join(''));
  });

  it('come back as they were', () => {
    fc.assert(
      fc.property(anyReport, fc.string({ maxLength: 60 }), (report, cname) => {
        expect(readReport(writeReport(report, cname))).toEqual(report);
      }),
    );
  });

  it('are refused when anything of them is missing (RFC 3550 A.2)', () => {
    fc.assert(
      fc.property(anyReport, fc.nat(), (report, at) => {
        const packet = writeReport(report, 'someone');
        const cut = packet.subarray(0, at % packet.length);
        const read = readReport(cut);
        // If the cut is between two packets of the compound one, the rest is a whole report without the BYE.
        if (read !== undefined) expect(read).toEqual({ ...report, bye: false });
        if (cut.length % 4 !== 0) expect(read).toBeUndefined();
      }),
    );
  });

  it('are read from any bytes without a throw', () => {
    const almost = fc
      .tuple(fc.constantFrom(200, 201), number(5), number(16), fc.uint8Array({ maxLength: 120 }))
      .map(([type, count, length, rest]) =>
        Buffer.from([0x80 | count, type, length >> 8, length & 255, ...rest]),
      );
    const any = fc.uint8Array({ maxLength: 120 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(any, almost), (bytes) => {
        const read = readReport(bytes);
        // What is read was there: 24 bytes a block.
        expect(24 * (read?.blocks.length ?? 0)).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });

  it('tell the time as NTP does', () => {
    // RFC 868: 2208988800 seconds from 1900 to 1970; half a second is half of 2^32.
    expect(ntpTime(500)).toBe((2_208_988_800n << 32n) + 2n ** 31n);
    expect(middleOf(0x1122_3344_5566_7788n)).toBe(0x3344_5566);
  });
});
