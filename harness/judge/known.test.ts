import fc from 'fast-check';
import { attempt, cell, claim, run } from '../report/result-fixture';
import { isAbout, knownProblems, withKnown } from './known';
import type { CellResult, KnownDeviation, RunResult } from './result';

const good = cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1);
const bad = cell('6/register/aes', [attempt('3 tls:443', 'failed', { expected: 'passed' })], null, {
  expected: 3,
  outcome: 'unexpected',
});
const flaky: CellResult = { ...bad, id: '6/register/null', suite: 'null', outcome: 'flaky' };
const undecided: CellResult = { ...bad, id: '7/register/aes', firewall: '7', outcome: 'inconclusive' };
const skipped: CellResult = { ...bad, id: '8/register/aes', firewall: '8', outcome: 'skipped' };

const of = (id: string, more: Partial<KnownDeviation> = {}): KnownDeviation => ({
  cell: id,
  reason: 'slow',
  ...more,
});
const knownCells = (result: RunResult): string[] =>
  result.cells.filter((one) => one.known).map(({ id }) => id);
const all = run([good, bad, flaky, undecided, skipped]);

test.each<[string, KnownDeviation, string[]]>([
  ['a cell by its id', of('6/register/aes'), ['6/register/aes']],
  [
    'unexpected and flaky ones, and not what could not be judged',
    of('*'),
    ['6/register/aes', '6/register/null'],
  ],
  ['an outcome', of('*', { outcome: 'flaky' }), ['6/register/null']],
  ['what could not be judged, if that is said', of('*', { outcome: 'inconclusive' }), ['7/register/aes']],
  ['the step that gets through', of('6/register/aes', { traversedAt: null }), ['6/register/aes']],
  ['no other step', of('6/register/aes', { traversedAt: 2 }), []],
  ['until its last day', of('6/register/aes', { until: '2025-01-02' }), ['6/register/aes']],
  ['not after its last day', of('6/register/aes', { until: '2025-01-01' }), []],
])('knows %s', (_, known, cells) => {
  const marked = withKnown(all, [known]);
  expect(knownCells(marked)).toEqual(cells);
  expect(marked.summary).toEqual({ ...all.summary, known: cells.length });
});

test('a cell has the reason with it, and what was marked before does not matter', () => {
  const known = of('6/register/aes', { issue: 'https://example.org/7', until: '2025-12-31' });
  const marked = withKnown(all, [known]);
  expect(marked.cells[1]!.known).toEqual({
    reason: 'slow',
    issue: 'https://example.org/7',
    until: '2025-12-31',
  });
  expect(marked.run.known).toEqual([known]);
  expect(withKnown(marked)).toEqual(marked);
  expect(withKnown(marked, [])).toEqual(all);
});

test('a claim that only known deviations contradict is marked', () => {
  const contradicted = {
    ...run([good, bad]),
    claims: [claim('I1', 'contradicted', [bad.id]), claim('I6', 'confirmed', [good.id])],
  };
  const marked = withKnown(contradicted, [of(bad.id)]);
  expect(marked.claims.map(({ known }) => known)).toEqual([true, undefined]);
});

test('a claim that something else contradicts too is not marked', () => {
  const refused = (id: '6/register/aes' | '7/register/aes'): CellResult =>
    cell(id, [attempt('3 tls:443', 'blocked', { expected: 'passed' })], null, {
      expected: 3,
      outcome: 'unexpected',
    });
  const both = {
    ...run([refused('6/register/aes'), refused('7/register/aes')]),
    claims: [claim('I1', 'contradicted', [])],
  };
  const marks = (known: KnownDeviation[]): unknown[] => withKnown(both, known).claims.map((one) => one.known);
  expect(marks([of('6/register/aes')])).toEqual([undefined]);
  expect(marks([of('*')])).toEqual([true]);
});

test('says what is not right any more with what is known', () => {
  const entries = {
    matching: of('6/register/aes', { traversedAt: null }),
    unmatched: of('3/*'),
    past: of('6/register/null', { until: '2024-12-31' }),
    gone: of('0/register/*'),
    flaky: of('0/register/aes', { outcome: 'flaky' }),
    otherwise: of('7/register/aes', { traversedAt: 3 }),
    unfinished: of('8/register/aes'),
  };
  const marked = withKnown(all, Object.values(entries));
  expect(knownCells(marked)).toEqual(['6/register/aes']);
  expect(knownProblems(marked)).toEqual({
    unmatched: [entries.unmatched],
    past: [entries.past],
    gone: [entries.gone],
    others: [{ cell: undecided, known: entries.otherwise }],
  });
});

test('a pattern fits as the regular expression does that it stands for', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*'), maxLength: 8 });
  fc.assert(
    fc.property(letters, letters, (glob, id) => {
      const pattern = new RegExp(`^${glob.replaceAll('*', '.*')}$`);
      expect(isAbout(of(glob), { id })).toBe(pattern.test(id));
    }),
    { numRuns: 2000 },
  );
  // A regular expression would take for ever.
  expect(isAbout(of(`${'*a'.repeat(50)}b`), { id: 'a'.repeat(5000) })).toBe(false);
});
