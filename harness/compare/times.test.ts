import type { CellResult, RunResult } from '../judge/result';
import { attempt, cell, run } from '../report/result-fixture';
import { compareRuns } from './compare';
import { differenceWords, subjectWords } from './words';

interface Measured {
  /** Milliseconds of each round's attempt. */
  readonly ms: readonly number[];
  readonly mos?: readonly number[];
  readonly overhead?: readonly number[];
}

function measured(id: '0/call/aes' | `${number}/register/aes`, { ms, mos, overhead }: Measured): CellResult {
  const attempts = ms.map((durationMs, index) =>
    attempt('1 udp:5060', 'passed', {
      round: index + 1,
      durationMs,
      measurements: [
        { name: 'outgoing-path', value: 'host', unit: '' },
        ...(mos ? [{ name: 'outgoing-mos', value: mos[index]!, unit: '' }] : []),
        ...(overhead ? [{ name: 'overhead-pcma', value: overhead[index]!, unit: '%' }] : []),
      ],
    }),
  );
  return cell(id, attempts, 1);
}

const rounds = (count: number, of: (index: number) => number): number[] =>
  Array.from({ length: count }, (_, index) => of(index));

function compared(before: CellResult[], after: CellResult[], more: Partial<RunResult['run']> = {}) {
  const { changes, times } = compareRuns(run(before, [], more), run(after, [], more));
  return {
    times,
    changes: changes.map((one) => `${one.kind}: ${subjectWords(one)}: ${differenceWords(one)}`),
  };
}

const around = (ms: number): Measured => ({ ms: rounds(6, (index) => ms + index) });

it('takes five rounds of each, and says so', () => {
  const four = [measured('0/call/aes', { ms: [1, 2, 3, 4] })];
  const many = [measured('0/call/aes', { ms: rounds(9, (index) => 900 + index) })];
  expect(compared(four, many)).toEqual({
    changes: [],
    times: 'times were not compared: that takes 5 rounds (--repeat) of each, and there are 1 and 1',
  });
});

it('what got through nowhere has no times', () => {
  const blocked = [cell('0/call/aes', [attempt('1 udp:5060', 'blocked')], null)];
  const plan = { ...run(blocked).run.plan, repeat: 5 };
  expect(compared(blocked, blocked, { plan }).times).toBe('there are no times to compare');
});

it.each([
  [
    'twice as long is worse',
    100,
    240,
    ['worse: 0/call/aes, step 1 udp:5060 duration: 103 ms (n 6) → 243 ms (n 6)'],
  ],
  [
    'half as long is better',
    240,
    100,
    ['better: 0/call/aes, step 1 udp:5060 duration: 243 ms (n 6) → 103 ms (n 6)'],
  ],
  ['half as long again is no change, when nothing tells how runs differ as a whole', 100, 150, []],
  ['what nobody notices is no change', 0.1, 3, []],
])('%s', (_, before, after, changes) => {
  const of = (ms: number): CellResult[] => [
    measured('0/call/aes', { ms: rounds(6, (index) => ms + index / 10 ** Number(ms < 50)) }),
  ];
  expect(compared(of(before), of(after)).changes).toEqual(changes);
});

it('what overlaps is chance, however far the medians are apart', () => {
  const before = [measured('0/call/aes', { ms: [10, 20, 30, 500, 600, 700] })];
  const after = [measured('0/call/aes', { ms: [15, 25, 400, 550, 650, 750] })];
  expect(compared(before, after)).toEqual({ changes: [], times: '1 time compared' });
});

it('of MOS more is better, and of overhead less; a constant is no comparison', () => {
  const before = measured('0/call/aes', {
    ...around(100),
    mos: rounds(6, (i) => 4 + i / 100),
    overhead: rounds(6, () => 20),
  });
  const after = measured('0/call/aes', {
    ...around(100),
    mos: rounds(6, (i) => 1 + i / 100),
    overhead: rounds(6, () => 20),
  });
  expect(compared([before], [after])).toEqual({
    changes: ['worse: 0/call/aes, step 1 udp:5060 outgoing-mos: 4.03 (n 6) → 1.02 (n 6)'],
    times: '2 times compared',
  });
});

describe('among many', () => {
  /** Twelve cells whose times are drawn around 100 ms. */
  const many = (factor: (index: number) => number, count = 9): CellResult[] =>
    rounds(12, (index) => index).map((index) =>
      measured(`${index}/register/aes`, {
        ms: rounds(count, (round) => (100 + ((index * 7 + round * 5) % 13)) * factor(index)),
      }),
    );

  it('what all have in common is the machine’s doing', () => {
    expect(
      compared(
        many(() => 1),
        many(() => 3),
      ),
    ).toEqual({
      changes: [],
      times:
        "12 times compared; on the whole those of the second run were 3.0 times as long, which counts as the machine's doing",
    });
  });

  it('one that is off beyond that is a change', () => {
    const changed = compared(
      many(() => 1),
      many((index) => (index === 4 ? 6 : 3)),
    );
    expect(changed.changes).toEqual([
      'worse: 4/register/aes, step 1 udp:5060 duration: 106 ms (n 9) → 636 ms (n 9)',
    ]);
  });

  it('five rounds are too few for so many, which is said', () => {
    expect(
      compared(
        many(() => 1, 5),
        many((index) => (index === 4 ? 6 : 1), 5),
      ),
    ).toEqual({
      changes: [],
      times: '12 times compared; to tell any difference among so many from chance takes 6 rounds of each',
    });
  });
});

it('what a UE waits until it gets through is compared of runs that waited the timers out', () => {
  const climbing = (ms: number): CellResult =>
    cell(
      '3/register/aes',
      rounds(6, (index) => index + 1).flatMap((round) => [
        attempt('2 udp:5060', 'blocked', { round, durationMs: ms + round }),
        attempt('3 tls:443', 'passed', { round, durationMs: 50 }),
      ]),
      3,
    );
  expect(compared([climbing(32_000)], [climbing(128_000)], { patience: 'rfc' }).changes).toEqual([
    'worse: 3/register/aes, ladder until then: 32000 ms (n 6) → 128000 ms (n 6)',
  ]);
  expect(compared([climbing(32_000)], [climbing(128_000)]).changes).toEqual([]);
});
