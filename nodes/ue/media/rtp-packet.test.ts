import fc from 'fast-check';
import { isRtcp, readRtp, rtpHeaderLength, writeRtp } from './rtp-packet';

describe('RTP packets', () => {
  it('are written as RFC 3550 5.1 has them', () => {
    const packet = writeRtp({
      ...{ payloadType: 8, marker: true, sequence: 0x1234, timestamp: 0xdecafbad, ssrc: 0xcafebabe },
      payload: Buffer.from([1, 2]),
    });
    // V=2, no padding, extension or CSRC; marker and type 8.
    expect(packet.toString('hex')).toBe('80881234decafbadcafebabe0102');
  });

  it('are read with contributing sources, extension and padding passed over', () => {
    // P, X and CC=1; an extension of one word; two bytes of padding.
    const packet = Buffer.from(
      'b1081234000000a0cafebabe11111111bede0001aabbccdd 55660002'.replace(' ', ''),
      'hex',
    );
    expect(rtpHeaderLength(packet)).toBe(24);
    expect(readRtp(packet)?.payload).toEqual(Buffer.from([0x55, 0x66]));
  });

  it.each([
    ['shorter than a header', '80081234000000a0cafeba'],
    ['of another version', '40081234000000a0cafebabe'],
    ['whose contributing sources are not there', '82081234000000a0cafebabe11111111'],
    ['whose extension is longer than the packet', '90081234000000a0cafebabebede0002aabbccdd'],
    ['with more padding than there is', 'a0081234000000a0cafebabe000000ff'],
    ['with padding of no bytes', 'a0081234000000a0cafebabe00000000'],
  ])('are none when %s', (_what, packet) => {
    expect(readRtp(Buffer.from(packet, 'hex'))).toBeUndefined();
  });

  it('come back as they were, whatever they hold', () => {
    const number = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
    const packet = fc.record({
      payloadType: number(7),
      marker: fc.boolean(),
      sequence: number(16),
      timestamp: number(32),
      ssrc: number(32),
      payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    });
    fc.assert(fc.property(packet, (written) => expect(readRtp(writeRtp(written))).toEqual(written)));
  });

  it('are read from any bytes without a throw, and never hold more than these', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const read = readRtp(Buffer.from(bytes));
        expect(read?.payload.length ?? 0).toBeLessThanOrEqual(Math.max(0, bytes.length - 12));
      }),
    );
  });

  it('are told from RTCP by the second byte (RFC 5761 4)', () => {
    expect(isRtcp(Buffer.from([0x80, 200]))).toBe(true);
    expect(isRtcp(Buffer.from([0x80, 0x88]))).toBe(false);
    expect(isRtcp(Buffer.alloc(0))).toBe(false);
  });
});
