import fc from 'fast-check';
import { espKeysIn, espSaLines } from './esp-sa';
import { saKeys } from './sa-keys';
import { combinations, setBetween } from './testing/sets';

test('each SA of a set is a line of the table esp_sa', () => {
  const set = setBetween('10.0.0.2', '10.0.1.1', 0);
  const [ck, ik] = ['0x101112131415161718191a1b1c1d1e1f', '0x000102030405060708090a0b0c0d0e0f'];
  expect(espSaLines(set)).toEqual(
    ['0x00001001', '0x00001000', '0x00002001', '0x00002000'].map(
      (spi) =>
        `"IPv4","*","*","${spi}","AES-CBC [RFC3602]","${ck}","HMAC-SHA-1-96 [RFC2404]","${ik}00000000"`,
    ),
  );
  expect(espSaLines({ ...set, encryption: 'null', integrity: 'hmac-md5-96' })[0]).toBe(
    `"IPv4","*","*","0x00001001","NULL","","HMAC-MD5-96 [RFC2403]","${ik}"`,
  );
});

test.each(combinations)('the keys are read from the lines: $integrity, $encryption', (described) => {
  const set = setBetween('10.0.0.2', '10.0.1.1', 0, described);
  const spis = ['00001001', '00001000', '00002001', '00002000'];
  expect([...espKeysIn(`${espSaLines(set).join('\n')}\n`)]).toEqual(spis.map((spi) => [spi, saKeys(set)]));
});

test('lines of any other form are skipped', () => {
  const [line] = espSaLines(setBetween('10.0.0.2', '10.0.1.1', 0)) as [string];
  for (const wrong of [
    line.slice(0, -1),
    line.replace('AES-CBC', 'AES-CTR'),
    line.replace('HMAC-SHA-1', 'HMAC-SHA-9'),
    line.replace('0x10', '0x'),
    line.replace('AES-CBC [RFC3602]', 'NULL'),
  ])
    expect([...espKeysIn(wrong)]).toEqual([]);
  fc.assert(fc.property(fc.string(), (text) => espKeysIn(text).size === 0));
});
