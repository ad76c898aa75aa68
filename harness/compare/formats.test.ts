import fc from 'fast-check';
import { attempt, cell, claim, run } from '../report/result-fixture';
import { compareRuns } from './compare';
import { comparisonFormats } from './formats';

const before = run(
  [
    cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1),
    cell('3/register/aes', [attempt('3 tls:443', 'passed')], 3),
    cell('8/register/aes', [], null),
  ],
  [claim('I1', 'confirmed', [])],
);
const after = run(
  [
    cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1),
    cell('3/register/aes', [attempt('3 tls:443', 'failed', { expected: 'passed' })], null, {
      expected: 3,
      outcome: 'unexpected',
    }),
  ],
  [claim('I1', 'contradicted', [])],
  { versions: { node: '20.20.0' } },
);
const compared = compareRuns(before, after);

test('a terminal has the runs, the changes, and last the summary', () => {
  expect(comparisonFormats.table(compared, false)).toBe(`Baseline run r1 of 2025-01-02 03:04, 3 cells
Compared run r1 of 2025-01-02 03:04, 2 cells
  version of node: 20.19.0 → 20.20.0
  times were not compared: that takes 5 rounds (--repeat) of each, and there are
  1 and 1

worse    3/register/aes: step 3 → none ! not 3
worse    3/register/aes, step 3 tls:443: passed → failed (TIMEOUT) !
worse    claim I1: confirmed → contradicted
removed  1 cell: 8/register/aes
(! not as expected)

2 cells compared: 3 worse, 0 better, 0 other; 0 added, 1 removed
`);
});

test('nothing that changed is said in one line', () => {
  expect(comparisonFormats.table(compareRuns(after, after), false)).toMatch(
    /and 1\n\n2 cells compared: no change\n$/,
  );
  expect(comparisonFormats.markdown(compareRuns(after, after))).toContain(
    '\n\n**2 cells compared: no change**\n\n',
  );
});

test('Markdown has a table', () => {
  expect(comparisonFormats.markdown(compared)).toBe(`## Compared with another run

**2 cells compared: 3 worse, 0 better, 0 other; 0 added, 1 removed**

|  | what | change |
|---|---|---|
| worse | 3/register/aes | step 3 → none ! not 3 |
| worse | 3/register/aes, step 3 tls:443 | passed → failed (TIMEOUT) ! |
| worse | claim I1 | confirmed → contradicted |
| removed | 1 cell | 8/register/aes |

(! not as expected)

- Baseline run r1 of 2025-01-02 03:04, 3 cells
- Compared run r1 of 2025-01-02 03:04, 2 cells
- version of node: 20.19.0 → 20.20.0
- times were not compared: that takes 5 rounds (--repeat) of each, and there are 1 and 1
`);
});

test('JSON is the comparison', () => {
  expect(JSON.parse(comparisonFormats.json(compared))).toEqual(compared);
});

test('hostile texts of a run stay text, and no line of a terminal is longer than 80 columns', () => {
  const bad = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\u001b[2J\u001b[H', '| a | b |\n|---|', '<script>alert(1)</script>', '\u202e1'),
  );
  fc.assert(
    fc.property(bad, bad, (name, value) => {
      const hostile = run(after.cells, [claim(name, 'contradicted', [])], { versions: { [name]: value } });
      const comparison = compareRuns(run(before.cells, [claim(name, 'confirmed', [])]), hostile);
      const text = comparisonFormats.table(comparison, false);
      expect(text).not.toMatch(/[^\P{Cc}\n]/u);
      expect(text.split('\n').filter((line) => line.length > 80 + name.length)).toEqual([]);
      const markdown = comparisonFormats.markdown(comparison);
      expect(markdown).not.toMatch(/<script|[^\P{Cc}\n]/u);
      expect(markdown.split('\n').filter((line) => /^\|/.test(line))).toHaveLength(
        comparisonFormats
          .markdown(compared)
          .split('\n')
          .filter((line) => /^\|/.test(line)).length,
      );
    }),
  );
});
