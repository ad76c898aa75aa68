import { attempt, cell, run } from '../report/result-fixture';
import { missingCells } from '../judge/missing';
import { runResult } from '../judge/result';
import { joinVariants } from './join-variants';
import { mergeResults } from './merge';

const measured = (name: string, step: 1 | 3 | null, id: string) => ({
  name,
  result: run(
    [cell('0/register/aes', [attempt('1 udp:5060', step === 1 ? 'passed' : 'blocked')], step)],
    [],
    { id },
  ),
});

const joined = () =>
  joinVariants([measured('one', 1, 'r1'), measured('two+squid', null, 'r2')], ['one', 'two+squid']);

it('keeps the cells of each variant apart, with its name before their ids', () => {
  const { cells, run: about, summary } = runResult.parse(joined());
  expect(cells.map(({ id, variant, traversedAt }) => [id, variant, traversedAt])).toEqual([
    ['one/0/register/aes', 'one', 1],
    ['two+squid/0/register/aes', 'two+squid', null],
  ]);
  expect(cells.map(({ attempts }) => attempts[0]!.id)).toEqual([
    'one/a-1-udp:5060-1',
    'two+squid/a-1-udp:5060-1',
  ]);
  expect(about.variants).toEqual([
    { name: 'one', run: 'r1', boxes: about.boxes },
    { name: 'two+squid', run: 'r2', boxes: about.boxes },
  ]);
  expect(about.mergedFrom).toEqual(['r1', 'r2']);
  expect(summary.expected).toBe(2);
});

it('the cells of a variant that was not measured are missing', () => {
  const { result } = measured('one', 1, 'r1');
  const planned = {
    ...result,
    run: {
      ...result.run,
      plan: { ...result.run.plan, firewalls: ['0'], scenarios: ['register'], suites: ['aes' as const] },
    },
  };
  const lacking = joinVariants([{ name: 'one', result: planned }], ['one', 'two']);
  expect(missingCells(lacking).map(({ id }) => id)).toEqual(['two/0/register/aes']);
});

it('shards of it are merged to the same cells', () => {
  const [one, two] = ['one', 'two+squid'].map((name, index) =>
    joinVariants([measured(name, index === 0 ? 1 : null, `r${index + 1}`)], [name]),
  );
  const merged = mergeResults([
    { name: 'a', result: one! },
    { name: 'b', result: two! },
  ]);
  expect(merged.cells).toEqual(joined().cells);
  expect(merged.run.plan.variants).toEqual(joined().run.plan.variants);
  expect(merged.run.variants).toEqual(joined().run.variants);
});
