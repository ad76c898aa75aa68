import fc from 'fast-check';
import { element, toXml } from './xml';

/**
 * Parses XML as the specification tells a parser to (XML 1.0: 2.2 Char, 2.4 markup, 2.11 line ends, 3.3.3
 * attribute values, 4.6 predefined entities). It knows only what `toXml` may write, and throws at anything
 * else.
 */
function parse(xml: string): { attribute: string; text: string } {
  if (/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u.test(xml))
    throw new Error('not a Char');
  const lines = xml.replace(/\r\n?/g, '\n');
  const match = /^<\?xml version="1.0" encoding="UTF-8"\?>\n<a b="([^"<]*)">([^<]*)<\/a>\n$/.exec(lines);
  if (!match) throw new Error(`not well-formed: ${xml}`);
  return { attribute: decode(match[1]!.replace(/[\t\n]/g, ' ')), text: decode(match[2]!) };
}

function decode(raw: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  if (/&(?!(?:amp|lt|gt|quot|apos|#\d+);)/.test(raw)) throw new Error(`a bare & in ${raw}`);
  return raw.replace(/&(\w+|#\d+);/g, (_, name: string) =>
    name.startsWith('#') ? String.fromCodePoint(Number(name.slice(1))) : named[name]!,
  );
}

/** Any sequence of UTF-16 units, with lone surrogates and control characters. */
const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc.string({ unit: fc.constantFrom(...'&<>"\'\r\n\t]]>\u0000\u001B\uFFFE\uD800a') }),
);

/** Returns the text as XML can carry it. */
const shown = (text: string): string =>
  text
    .split(/([\uD800-\uDBFF][\uDC00-\uDFFF])/)
    .map((part, index) =>
      index % 2 === 1
        ? part
        : part.replace(
            /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uD800-\uDFFF\uFFFE\uFFFF]/g,
            (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
          ),
    )
    .join('');

test('a parser reads back what was written, characters that XML lacks as \\u and their number', () => {
  fc.assert(
    fc.property(anything, anything, (attribute, text) => {
      // An empty text would become an empty element, so a dot is added.
      const xml = toXml(element('a', { b: attribute }, [`${text}.`]));
      expect(parse(xml)).toEqual({ attribute: shown(attribute), text: shown(`${text}.`) });
    }),
    { numRuns: 2000 },
  );
});

test('elements stand one a line, and text brings no white space of its own', () => {
  const document = element('suite', { name: 'x', time: 1.5, missing: undefined }, [
    element('case', { name: 'empty' }),
    element('case', { name: 'full' }, [element('failure', {}, ['line 1\nline 2'])]),
  ]);
  expect(toXml(document)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<suite name="x" time="1.5">
  <case name="empty"/>
  <case name="full">
    <failure>line 1
line 2</failure>
  </case>
</suite>
`);
});
