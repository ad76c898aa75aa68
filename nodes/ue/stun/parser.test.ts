import fc from 'fast-check';
import { StunMessage } from './message';
import { parseMessage } from './parser';

const key = Buffer.from('key');
const transaction = Buffer.alloc(12, 7);

function message(): StunMessage {
  return new StunMessage('ALLOCATE', 'success', transaction);
}

/** A message's bytes with attributes behind them, each type and value, and the length put right. */
function withMore(bytes: Buffer, ...attributes: readonly (readonly [number, Buffer])[]): Buffer {
  const more = attributes.map(([type, value]) => {
    const attribute = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
    attribute.writeUInt16BE(type, 0);
    attribute.writeUInt16BE(value.length, 2);
    value.copy(attribute, 4);
    return attribute;
  });
  const whole = Buffer.concat([bytes, ...more]);
  whole.writeUInt16BE(whole.length - 20, 2);
  return whole;
}

describe('parseMessage', () => {
  it('takes only the first of a repeated attribute (RFC 8489 14)', () => {
    const bytes = withMore(
      message().set('REALM', 'first').bytes,
      [0x0014, Buffer.from('second')],
      [0x000d, Buffer.from([0, 0, 2, 88])],
      [0x000d, Buffer.alloc(4)],
      // A repeated attribute is ignored, so its value may be unreadable.
      [0x000d, Buffer.alloc(1)],
    );
    const read = parseMessage(bytes);
    expect(read?.get('REALM')).toBe('first');
    expect(read?.get('LIFETIME')).toBe(600);
  });

  it('takes nothing behind MESSAGE-INTEGRITY but FINGERPRINT (14.5), which must be right', () => {
    const bytes = withMore(
      message().set('LIFETIME', 600).sign(key).bytes,
      [0x001c, Buffer.alloc(32)],
      [0x0014, Buffer.from('forged')],
      [0x7abc, Buffer.alloc(0)],
    );
    const read = parseMessage(bytes, key);
    expect(read?.names).toEqual(['LIFETIME', 'MESSAGE-INTEGRITY']);
    expect(read!.unknownRequired).toEqual([]);
    expect(parseMessage(withMore(bytes, [0x8028, Buffer.alloc(4)]), key)).toBeUndefined();
  });

  it('wants the signature of the key, over what stands before it', () => {
    const signed = message().set('LIFETIME', 600).sign(key).addFingerprint().bytes;
    expect(parseMessage(signed, key)?.get('LIFETIME')).toBe(600);
    expect(parseMessage(signed, Buffer.from('other'))).toBeUndefined();
    expect(parseMessage(message().addFingerprint().bytes, key)).toBeUndefined();
    // The value of LIFETIME changes after signing, so that only a reader with the key notices it.
    const altered = Buffer.from(message().set('LIFETIME', 600).sign(key).bytes);
    altered[27] = 89;
    expect(parseMessage(altered, key)).toBeUndefined();
    expect(parseMessage(altered)).toBeDefined();
  });

  it('takes nothing behind FINGERPRINT (14.7)', () => {
    const bytes = message().addFingerprint().bytes;
    const longer = withMore(bytes, [0x0014, Buffer.from('x')]);
    // The checksum is computed as if FINGERPRINT were the last attribute.
    expect(parseMessage(longer)?.names).toEqual(['FINGERPRINT']);
  });

  it('knows what it must understand and does not (14)', () => {
    const bytes = withMore(
      message().bytes,
      [0x7fff, Buffer.alloc(1)],
      [0x8000, Buffer.alloc(0)],
      [0x0026, Buffer.alloc(2)],
    );
    expect(parseMessage(bytes)!.unknownRequired).toEqual([0x7fff, 0x0026]);
  });

  it('refuses a header that is none', () => {
    const { bytes } = message();
    const changed = (at: number, value: number): Buffer => {
      const copy = Buffer.from(bytes);
      copy[at] = value;
      return copy;
    };
    expect(parseMessage(bytes)).toBeDefined();
    for (const broken of [bytes.subarray(0, 19), changed(0, 0x41), changed(3, 4), changed(4, 0)])
      expect(parseMessage(broken)).toBeUndefined();
  });

  it('never throws, whatever came', () => {
    const attribute = fc.tuple(
      fc.oneof(
        fc.constantFrom(0x0006, 0x0008, 0x0009, 0x000a, 0x0012, 0x0014, 0x0016, 0x002a, 0x8023, 0x8028),
        fc.nat(0xffff),
      ),
      fc.uint8Array({ maxLength: 24 }).map((value) => Buffer.from(value)),
    );
    fc.assert(
      fc.property(fc.array(attribute), fc.option(fc.nat(400)), (attributes, cutAt) => {
        const bytes = withMore(message().bytes, ...attributes).subarray(0, cutAt ?? undefined);
        const read = parseMessage(bytes);
        const counted = [...(read?.names ?? []), ...(read?.unknown ?? [])];
        expect(new Set(counted).size).toBe(counted.length);
        expect(parseMessage(bytes, key)).toBeUndefined();
      }),
    );
  });
});
