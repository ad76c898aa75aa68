import { measurementTables } from './measurement-table';
import { overRounds } from './over-rounds';
import { attempt, cell, run } from './result-fixture';
import { rungWords } from './words';
import { ladderTables } from './ladder-table';

const round = (number: number, ms: number, path = 'relay') =>
  attempt('3 tls:443', 'passed', {
    round: number,
    durationMs: ms,
    measurements: [
      { name: 'outgoing-round-trip', value: ms / 10, unit: 'ms' },
      { name: 'outgoing-path', value: path, unit: '' },
    ],
  });
const lost = attempt('3 tls:443', 'failed', { round: 4 });
const rounds = [round(1, 300), round(2, 100), round(3, 200), lost];

it('takes the first attempt of each round that got through', () => {
  const twice = [round(1, 100), { ...round(1, 900), id: 'later' }];
  expect(overRounds(cell('6/call/aes', [...twice, lost], 3))).toMatchObject({ passed: 1, of: 2 });
  const { passed, of, measurements } = overRounds(cell('6/call/aes', rounds, 3));
  expect([passed, of]).toEqual([3, 4]);
  expect(measurements).toEqual([
    { name: 'duration', unit: 'ms', values: [300, 100, 200], statistics: { n: 3, median: 200, p95: 300 } },
    {
      ...{ name: 'outgoing-round-trip', unit: 'ms', values: [30, 10, 20] },
      statistics: { n: 3, median: 20, p95: 30 },
    },
    { name: 'outgoing-path', unit: '', values: ['relay', 'relay', 'relay'], statistics: undefined },
  ]);
});

it('counts on the network that the UE moved to only', () => {
  const there = { ...round(1, 100), at: '8' };
  expect(overRounds({ ...cell('0/access-change/aes', [round(1, 5), there], 3), to: '8' })).toMatchObject({
    passed: 1,
    of: 1,
    measurements: [{ values: [100] }, {}, {}],
  });
});

const repeated = (id: Parameters<typeof cell>[0], all: Parameters<typeof cell>[1]) => {
  const one = run([cell(id, all, 3)]);
  return { ...one, run: { ...one.run, plan: { ...one.run.plan, repeat: 4 } } };
};

it('has in the table the rate, the median and the 95th percentile, and says which is which', () => {
  const [table] = measurementTables(repeated('6/call/aes', rounds));
  const at = (title: string): string => table!.rows[0]![table!.head.indexOf(title)]!;
  expect(at('got through in')).toBe('3 of 4');
  expect(at('took')).toBe('200 ms (300 ms)');
  expect(at('round trip')).toBe('20 ms (30 ms)');
  expect(table!.legend).toContain(
    'of each measurement the median of the rounds that got through, and the 95th percentile in parentheses',
  );
});

it('counts the words of rounds that differ', () => {
  const [table] = measurementTables(repeated('6/call/aes', [round(1, 1), round(2, 2, 'host'), round(3, 3)]));
  expect(table!.rows[0]).toContain('relay 2x or host 1x');
});

it('has a table of a scenario that measures nothing but its time', () => {
  const [table] = measurementTables(repeated('6/register/aes', rounds));
  expect([table!.head, table!.rows[0]!.slice(1)]).toEqual([
    ['firewall', 'step', 'got through in', 'took'],
    ['step 3', '3 of 4', '200 ms (300 ms)'],
  ]);
  expect(measurementTables(run([cell('6/register/aes', [round(1, 1)], 3)]))).toEqual([]);
});

it('shows the rate of a rung that was tried several times', () => {
  const wordsOf = (all: Parameters<typeof cell>[1]): string =>
    rungWords(ladderTables(run([cell('6/register/aes', all, 3)]))[0]!.rows[0]!.results[0]);
  expect(wordsOf([round(1, 1)])).toBe('✓ passed');
  expect(wordsOf([round(1, 1), round(2, 2)])).toBe('✓ passed 2/2');
  expect(wordsOf([lost, { ...lost, round: 5 }])).toBe('? failed 0/2 a');
  expect(wordsOf([round(1, 1), lost])).toBe('~ 1/2 a');
});
