import { Readable } from 'node:stream';
import fc from 'fast-check';
import { progressOf, type Progress } from './progress';

async function all(pieces: readonly (string | Buffer)[]): Promise<Progress[]> {
  const found: Progress[] = [];
  for await (const one of progressOf(Readable.from(pieces, { objectMode: false }))) found.push(one);
  return found;
}

const entry = fc.oneof(
  fc.record({ stream: fc.string({ unit: 'binary' }) }),
  fc.record({ error: fc.string({ unit: 'grapheme' }) }),
  fc.record({ aux: fc.record({ ID: fc.string() }) }),
);

test('any entries are read, however the text is cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(entry), fc.integer({ min: 1, max: 50 }), async (entries, size) => {
      const bytes = Buffer.from(entries.map((one) => `${JSON.stringify(one)}\r\n`).join(''));
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      );
      expect(await all(pieces)).toEqual(entries);
    }),
  );
});

test('empty lines say nothing, and the last line needs no end', async () => {
  expect(await all(['{"stream":"a"}\n\n', '\r\n{"error":"b"}'])).toEqual([{ stream: 'a' }, { error: 'b' }]);
});
