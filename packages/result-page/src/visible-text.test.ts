import fc from 'fast-check';
import { visibleText, withVisibleTexts } from './visible-text';

it.each([
  ['REGISTER sip:ims SIP/2.0\r\nVia: x\ty', 'REGISTER sip:ims SIP/2.0\nVia: x\ty'],
  ['user\u202emoc.elpmaxe', 'user\\u{202e}moc.elpmaxe'],
  ['a\0b\x1b[31mred\r', 'a\\u{0}b\\u{1b}[31mred\\u{d}'],
  ['half \ud800', 'half \ufffd'],
  ['Grüße, 東京, שלום', 'Grüße, 東京, שלום'],
])('writes %j so that all of it can be seen', (text, visible) => {
  expect(visibleText(text)).toBe(visible);
});

it('leaves no character that is not seen, and nothing to be done a second time', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const visible = visibleText(text);
      expect(visible).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/);
      expect(visibleText(visible)).toBe(visible);
    }),
  );
});

it('does so wherever a text is, and leaves all else as it is', () => {
  const value = { a: ['\0', { b: '\u202e' }], c: 1, d: null, e: true, f: undefined };
  expect(withVisibleTexts(value)).toEqual({ ...value, a: ['\\u{0}', { b: '\\u{202e}' }] });
});
