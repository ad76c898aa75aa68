import fc from 'fast-check';
import { readRow, requireTshark, unescaped } from './tshark';

const fields = ['frame.number', 'raw_sip.line', 'ip.src'] as const;

/** Writes a value as tshark does: control characters as escapes, everything else as it is. */
const escaped = (value: string): string =>
  value.replace(/[\x00-\x1f\x7f]/g, (character) => {
    const letter = { '\r': 'r', '\n': 'n', '\t': 't', '\v': 'v', '\f': 'f', '\b': 'b', '\x07': 'a' }[
      character
    ];
    return `\\${letter ?? character.charCodeAt(0).toString(8).padStart(3, '0')}`;
  });

it('gives back what tshark was given, in order', () => {
  const character = fc.constantFrom(
    '\r',
    '\n',
    '\t',
    '\x1e',
    '\x1f',
    '\x00',
    '\x7f',
    'a',
    'ä',
    '€',
    '"',
    ',',
  );
  const value = fc.string({ unit: character, minLength: 1 });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1 }), fc.array(value), (lines, others) => {
      const row = readRow(
        ['7', lines.map(escaped).join('\x1f'), others.map(escaped).join('\x1f')].join('\x1e'),
        fields,
      );
      expect([row('frame.number'), row('raw_sip.line'), row('ip.src')]).toEqual([['7'], lines, others]);
    }),
  );
});

it('never throws, whatever tshark prints, and has no values of a field that a line lacks', () => {
  fc.assert(
    fc.property(
      fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1')),
      (line) => {
        const row = readRow(line, fields);
        for (const field of fields) expect(Array.isArray(row(field))).toBe(true);
      },
    ),
  );
  expect(readRow('7', fields)('ip.src')).toEqual([]);
});

it('leaves a backslash that begins no escape', () => {
  expect(unescaped('a\\slash \\" \\9 \\400 \\r\\n\\001')).toBe('a\\slash \\" \\9 \\400 \r\n\x01');
});

it('says what to install where tshark is missing', () => {
  expect(() => requireTshark({ has: () => false })).toThrow(
    expect.objectContaining({
      code: 'MISSING_PROGRAM',
      message:
        'the program tshark, which reads the captures, is not installed; as root: apt-get install --no-install-recommends tshark',
    }),
  );
  expect(() => requireTshark({ has: (program) => program === 'tshark' })).not.toThrow();
});

it('gives back a character that Unicode had not assigned when tshark was built', () => {
  expect(unescaped('x\\u31EFx')).toBe('x\u31efx');
  expect(unescaped('\\U0001FAEB')).toBe('\u{1faeb}');
  // No character has such a number.
  expect(unescaped('\\U00110000')).toBe('\\U00110000');
});
