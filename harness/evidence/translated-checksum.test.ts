import fc from 'fast-check';
import { wrongChecksum, withChecksum } from '../../nodes/ipsec/transport-segment';
import { isOfTranslation, refusedAfterTranslation } from './translated-checksum';

const [ue, nat] = ['10.89.1.2', '198.19.1.11'];

// By hand: 0a59 + 0102 = 0b5b inside, c613 + 010b = c71e outside; 3e7f + 0b5b - c71e = -7d44, in one's complement 82bb.
it.each<[string, string, string, boolean]>([
  ['as the translation makes it', '3e7f', '82bb', true],
  ['another one', '3e80', '82bb', false],
  ['the other way about', '82bb', '3e7f', false],
  // c71e - 0b5b = bbc3: over the outer address the sum is zero, which UDP sends as ffff (RFC 768).
  ['zero that is sent as ffff', 'bbc3', 'ffff', true],
  ['zero as TCP may send it', 'bbc3', '0000', true],
  // 0 + 0b5b - c71e = -bbc3, in one's complement 443c.
  ['zero before it, sent as ffff', 'ffff', '443c', true],
  ['zero before it, as TCP may send it', '0000', '443c', true],
])('%s', (_, found, right, expected) => {
  expect(isOfTranslation({ found, right }, ue, nat)).toBe(expected);
});

it('is no translation where the address stayed', () => {
  expect(isOfTranslation({ found: '82bb', right: '82bb' }, ue, ue)).toBe(false);
});

it('picks what came from another address with the checksum of that', () => {
  const own = { source: nat, found: '3e7f', right: '82bb' };
  const others = [
    { ...own, source: ue },
    { ...own, found: '3e80' },
  ];
  expect(refusedAfterTranslation([...others, own], ue)).toEqual([own]);
});

it('holds for whatever a UE sends, and not if the UE got its checksum wrong', () => {
  const packetFrom = (source: string, payload: Buffer) =>
    ({ source, destination: '198.19.0.10', protocol: 17, isFragment: false, payload }) as const;
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 8, maxLength: 60 }),
      fc.integer({ min: 1, max: 0xfffe }),
      (bytes, fault) => {
        const sound = withChecksum(packetFrom(ue, Buffer.from(bytes)));
        const seen = wrongChecksum(packetFrom(nat, sound))!;
        expect(isOfTranslation(seen, ue, nat)).toBe(true);
        const unsound = Buffer.from(sound);
        unsound.writeUInt16BE((sound.readUInt16BE(6) + fault) % 0xffff || 0xffff, 6);
        const wrong = wrongChecksum(packetFrom(nat, unsound));
        if (wrong) expect(isOfTranslation(wrong, ue, nat)).toBe(false);
      },
    ),
  );
});
