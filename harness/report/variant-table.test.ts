import type { CellResult } from '../judge/result';
import { inVariant } from '../judge/missing';
import { toMarkdown } from './markdown';
import { attempt, cell, run } from './result-fixture';
import { toTerminal } from './terminal';
import { variantTables, variantWords } from './variant-table';

const inVariants = (variants: string[], cells: CellResult[]) => {
  const result = run(cells);
  return {
    ...result,
    run: {
      ...result.run,
      plan: {
        ...result.run.plan,
        firewalls: ['0', '6'],
        variants: variants.map((name) => ({ name, suites: ['aes' as const] })),
      },
    },
  };
};

const through = (id: '0/register/aes' | '6/register/aes', step: 1 | 3, variant: string): CellResult =>
  inVariant(cell(id, [attempt(step === 1 ? '1 udp:5060' : '3 tls:443', 'passed')], step), variant);

const result = inVariants(
  ['one', 'two'],
  [
    through('6/register/aes', 3, 'one'),
    through('0/register/aes', 1, 'one'),
    { ...through('0/register/aes', 1, 'two'), outcome: 'unexpected', expected: 3 },
  ],
);

it('has a row for each variant and a column for each firewall, in the order of the plan', () => {
  const [table] = variantTables(result);
  expect(table!.firewalls).toEqual(['0', '6']);
  expect(table!.rows.map(({ variant, cells }) => [variant, ...cells.map(variantWords)])).toEqual([
    ['one', '1', '3'],
    ['two', '1!', ''],
  ]);
});

it('there is none for a run of one lab', () => {
  expect(variantTables(run([]))).toEqual([]);
});

it.each([
  ['unsupported', '-'],
  ['inconclusive', '?'],
  ['flaky', '~'],
  ['skipped', '.'],
] as const)('a cell that is %s is %s', (outcome, sign) => {
  expect(variantWords({ ...through('0/register/aes', 1, 'one'), outcome })).toBe(sign);
});

it('a cell in which nothing got through is 0', () => {
  expect(variantWords({ ...through('0/register/aes', 1, 'one'), traversedAt: null })).toBe('0');
});

it('the terminal and Markdown show it in place of the table of one lab, and name the variant of each ladder', () => {
  const text = toTerminal(result, false);
  expect(text).toContain('register, aes  0   6\n');
  expect(text).toMatch(/one {12}1 {3}3\n {2}two {12}1!\n/);
  const markdown = toMarkdown(result);
  expect(markdown).toContain('| variant | 0 | 6 |\n|---|---|---|\n| one | 1 | 3 |\n| two | 1! |  |');
  expect(markdown).toContain('### two: register, aes');
});
