import { createCipheriv, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { espHeader, open, seal } from './esp-packet';
import { encryptionAlgorithms, integrityAlgorithms } from './protocol';
import { saKeys, type SaKeys } from './sa-keys';

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');
const ik = '000102030405060708090a0b0c0d0e0f';
const ck = '101112131415161718191a1b1c1d1e1f';

const combinations = integrityAlgorithms.flatMap((integrity) =>
  encryptionAlgorithms.map((encryption) => ({ integrity, encryption })),
);
const keysOf = (combination: (typeof combinations)[number]): SaKeys => saKeys({ ...combination, ik, ck });
const bytes = (max: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength: max }).map((array) => Buffer.from(array));
const number32 = fc.integer({ min: 0, max: 0xffff_ffff });

describe('keys (TS 33.203 Annex I)', () => {
  test('HMAC-SHA-1-96 takes IK and 32 zero bits, HMAC-MD5-96 takes IK, AES-CBC takes CK', () => {
    const [sha, shaNull, md5] = combinations.map(keysOf);
    expect(sha!.integrityKey.toString('hex')).toBe(`${ik}00000000`);
    expect(md5!.integrityKey.toString('hex')).toBe(ik);
    expect(sha!.encryptionKey!.toString('hex')).toBe(ck);
    expect(shaNull!.encryptionKey).toBeUndefined();
  });
});

describe('vectors', () => {
  test.each([
    // RFC 2202 section 3, cases 1, 2 and 5; section 2, cases 1 and 2. The last one states the 96 bits, too.
    ['sha1', '0b'.repeat(20), Buffer.from('Hi There'), 'b617318655057264e28bc0b6'],
    [
      'sha1',
      Buffer.from('Jefe').toString('hex'),
      Buffer.from('what do ya want for nothing?'),
      'effcdf6ae5eb2fa2d27416d5',
    ],
    ['sha1', '0c'.repeat(20), Buffer.from('Test With Truncation'), '4c1a03424b55e07fe7f27be1'],
    ['md5', '0b'.repeat(16), Buffer.from('Hi There'), '9294727a3638bb1c13f48ef8'],
    ['md5', '0c'.repeat(16), Buffer.from('Test With Truncation'), '56461ef2342edc00f9bab995'],
  ] as const)('the ICV is that of RFC 2202, cut to 96 bits: %s with key %s', (hash, key, data, icv) => {
    expect(createHmac(hash, Buffer.from(key, 'hex')).update(data).digest('hex').slice(0, 24)).toBe(icv);
    // The ICV covers all that stands before it, here SPI, sequence number and what would be the content.
    const keys: SaKeys = { hash, integrityKey: Buffer.from(key, 'hex'), encryptionKey: undefined };
    if (data.length >= 12) expect(open(keys, Buffer.concat([data, hex(icv)]))).not.toBe('wrong ICV');
  });

  // RFC 3602 section 4, cases 5 to 8: pings in transport and in tunnel mode. The packets there have no ICV.
  const [host, gateway] = ['90d382b410eeba7ad938c46cec1a82bf', '0123456789abcdef0123456789abcdef'];
  test.each([
    [
      ...['case 5', host, 1],
      '08000ebda70a00008e9c083db95b070008090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637',
      '0000432100000001e96e8c08ab465763fd098d45dd3ff893f663c25d325c18c6a9453e194e120849a4870b66cc6b9965330013b4898dc856a4699e523a55db080b59ec3a8e4b7e52775b07d1db34ed9c538ab50c551b874aa269add047ad2d5913ac19b7cfbad4a6',
    ],
    [
      ...['case 6', host, 1],
      '0800b5e8a80a0500a69c083d0b660e00777777777777777777777777',
      '000043210000000869d08df7d203329db093fc4924e5bd80f51995881ec4e0c4488987ce742e8109689bb379d2d750c0d915dca346a89f75',
    ],
    [
      ...['case 7', gateway, 4],
      '45000054090400004001f988c0a87b03c0a87bc808009f76a90a0100b49c083d02a2040008090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637',
      '0000876500000002f4e765244f6407adf13dc1380f673f37773b5241a4c449225e4f3ce5ed611b0c237ca96cf74a93013c1b0ea1a0cf70f8e4ecaec78ac53aad7a0f022b859243c647752e94a859352b8a4d4d2decd136e5c177f132ad3fbfb2201ac9904c74ee0a109e0ca1e4dfe9d5a100b842f1c22f0d',
    ],
    [
      ...['case 8', gateway, 4],
      '45000044090c00004001f990c0a87b03c0a87bc80800d63caa0a0200c69c083da3de0300ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
      '000087650000000585d47224b5f3dd5d2101d4ea8dffab2215b92683819596a8047232cc00f7048fe45318e11f8a0f62ede3c3fc61203bb50f980a08c9843fd3a1b06d5c07ff9639b7eb7dfb3512e5de435e7207ed971ef3d2726d9b5ef6affc6d17a0decbb13892',
    ],
  ] as [string, string, number, string, string][])(
    'RFC 3602 section 4, %s',
    (_, key, nextHeader, payload, sealed) => {
      const keys: SaKeys = { hash: 'sha1', integrityKey: Buffer.alloc(20), encryptionKey: hex(key) };
      const { spi, sequence } = espHeader(hex(sealed))!;
      const content = { payload: hex(payload), nextHeader };
      const packet = seal(keys, spi, sequence, content, hex(sealed).subarray(8, 24));
      expect(packet.subarray(0, -12).toString('hex')).toBe(sealed);
      expect(open(keys, packet)).toEqual(content);
    },
  );
});

describe.each(combinations)('$integrity with $encryption', (combination) => {
  const keys = keysOf(combination);

  test('what was sealed is opened', () => {
    fc.assert(
      fc.property(
        bytes(300),
        fc.integer({ min: 0, max: 255 }),
        number32,
        number32,
        (payload, nextHeader, spi, sequence) => {
          const packet = seal(keys, spi, sequence, { payload, nextHeader });
          expect(espHeader(packet)).toEqual({ spi, sequence });
          expect(open(keys, packet)).toEqual({ payload, nextHeader });
          // RFC 4303 section 2.4: the ICV stands at a multiple of four bytes.
          expect(packet.length % 4).toBe(0);
        },
      ),
    );
  });

  test('a packet with any other bit is not authentic', () => {
    const change = fc.record({ at: fc.nat(), bit: fc.integer({ min: 0, max: 7 }) });
    fc.assert(
      fc.property(bytes(120), change, (payload, { at, bit }) => {
        const packet = seal(keys, 258, 7, { payload, nextHeader: 17 });
        packet[at % packet.length]! ^= 1 << bit;
        expect(open(keys, packet)).toBe('wrong ICV');
      }),
    );
  });

  test('a packet that was cut or made longer is never accepted', () => {
    fc.assert(
      fc.property(bytes(120), fc.nat(), bytes(40), (payload, cut, more) => {
        const packet = seal(keys, 258, 7, { payload, nextHeader: 17 });
        const shorter = packet.subarray(0, cut % packet.length);
        expect(typeof open(keys, shorter)).toBe('string');
        if (more.length > 0) expect(typeof open(keys, Buffer.concat([packet, more]))).toBe('string');
      }),
    );
  });

  test('random bytes are never accepted', () => {
    fc.assert(fc.property(bytes(200), (packet) => expect(typeof open(keys, packet)).toBe('string')));
  });
});

describe('an authentic packet that a faulty sender has made', () => {
  const keys = keysOf({ integrity: 'hmac-sha-1-96', encryption: 'null' });
  const authentic = (key: SaKeys, body: Buffer): Buffer => {
    const data = Buffer.concat([hex('0000010200000001'), body]);
    return Buffer.concat([
      data,
      createHmac(key.hash, key.integrityKey).update(data).digest().subarray(0, 12),
    ]);
  };

  test.each([
    ['padding that is not 1, 2, 3', 'aabbccdd 0101 0211', 'wrong padding'],
    ['more padding than there are bytes', 'aabbccdd 0102 0711', 'wrong padding'],
    ['a length that is no multiple of four', 'aabbccdd 0011', 'malformed'],
  ])('with %s is refused', (_, body, fault) => {
    expect(open(keys, authentic(keys, hex(body)))).toBe(fault);
  });

  test('with half a block of AES is refused', () => {
    const aes = keysOf({ integrity: 'hmac-md5-96', encryption: 'aes-cbc' });
    expect(open(aes, authentic(aes, Buffer.alloc(40)))).toBe('malformed');
  });

  test('with any bytes in it never ends the program', () => {
    const aes = keysOf({ integrity: 'hmac-sha-1-96', encryption: 'aes-cbc' });
    fc.assert(
      fc.property(
        bytes(200),
        fc.constantFrom(keys, aes),
        (body, key) => void open(key, authentic(key, body)),
      ),
    );
  });
});

test('no two packets have the same initialization vector', () => {
  const keys = keysOf({ integrity: 'hmac-sha-1-96', encryption: 'aes-cbc' });
  const ivs = Array.from({ length: 100 }, (_, index) =>
    seal(keys, 258, index, { payload: Buffer.alloc(4), nextHeader: 17 })
      .subarray(8, 24)
      .toString('hex'),
  );
  expect(new Set(ivs).size).toBe(100);
});

test.each([
  // RFC 3602 section 4, cases 1 and 2.
  [
    '06a9214036b8a15b512e03d534120006',
    '3dafba429d9eb430b422da802c9fac41',
    Buffer.from('Single block msg').toString('hex'),
    'e353779c1079aeb82708942dbe77181a',
  ],
  [
    'c286696d887c9aa0611bbb3e2025a45a',
    '562e17996d093d28ddb3ba695a2e6f58',
    '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
    'd296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1',
  ],
])('AES-CBC is that of RFC 3602 section 4, key %s', (key, iv, plain, sealed) => {
  const cipher = createCipheriv('aes-128-cbc', hex(key), hex(iv)).setAutoPadding(false);
  expect(Buffer.concat([cipher.update(hex(plain)), cipher.final()]).toString('hex')).toBe(sealed);
});
