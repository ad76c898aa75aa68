import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { shellLines } from './shell-words';

test('a shell reads the words as they were', () => {
  const word = fc.string({ unit: 'grapheme-ascii' }).filter((text) => !/\0| \|\| /.test(text));
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 5, max: 80 }),
      (words, columns) => {
        const script = shellLines(['printf', '%s\\n--\\n', ...words], columns).join('\n');
        const said = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' });
        expect(said).toBe(words.map((one) => `${one}\n--\n`).join(''));
      },
    ),
    { numRuns: 20 },
  );
});
