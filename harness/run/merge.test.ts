import fc from 'fast-check';
import { knobsSchema } from '../../firewalls/knobs';
import { attempt, cell, origin, tls } from '../judge/testing/results';
import { missingCells } from '../judge/missing';
import { resultSchemaId, type CellResult, type RunResult } from '../judge/result';
import { mergeResults } from './merge';

const catalogue = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];

const passes = (firewall: string): CellResult =>
  cell(firewall, 'register', 'aes', [attempt(3, 'tls:443', 'passed', { evidence: [tls('aes')] })]);
const skipped = (firewall: string): CellResult => ({
  ...cell(firewall, 'register', 'aes', []),
  outcome: 'skipped',
});

/** Makes a run that was to measure just these cells. */
function run(cells: CellResult[], more: Partial<RunResult['run']> = {}): RunResult {
  const firewalls = [...new Set(cells.map(({ firewall }) => firewall))];
  return {
    schema: resultSchemaId,
    run: {
      id: `run-${firewalls.join('-')}`,
      startedAt: '2025-01-02T03:04:05.000Z',
      durationMs: 1000,
      backend: 'netns',
      patience: 'evidence',
      timers: 'rfc',
      ladder: 'all',
      interrupted: false,
      kernel: '6.1',
      versions: { node: '20.19.0' },
      origins: [origin(`run-${firewalls.join('-')}`)],
      boxes: [],
      plan: {
        catalogue: { sha256: 'ab'.repeat(32), firewalls: catalogue },
        firewalls,
        scenarios: [...new Set(cells.map(({ scenario }) => scenario))],
        suites: ['aes'],
        securities: ['digest'],
        steps: [1, 2, 3],
        repeat: 1,
      },
      firewalls: firewalls.map((id) => ({
        id,
        title: `type ${id}`,
        source: '',
        confidence: '',
        knobs: knobsSchema.parse({}),
      })),
      ...more,
    },
    cells,
    claims: [],
    summary: { expected: cells.length, unexpected: 0, flaky: 0, inconclusive: 0, unsupported: 0, skipped: 0 },
  };
}

const named = (...results: RunResult[]): { name: string; result: RunResult }[] =>
  results.map((result, index) => ({ name: `out/${index + 1}`, result }));
const ids = (cells: readonly { id: string }[]): string[] => cells.map(({ id }) => id);

it('decides claims anew: what no shard can confirm, all of them together do', () => {
  const [low, high] = [run(catalogue.slice(0, 5).map(passes)), run(catalogue.slice(5).map(passes))];
  const verdictOf = (result: RunResult): string | undefined =>
    result.claims.find(({ id }) => id === 'I1')?.verdict;
  expect(verdictOf(mergeResults(named(low)))).toBe('untested');
  const merged = mergeResults(named(high, low));
  expect(verdictOf(merged)).toBe('confirmed');
  expect(merged.summary).toEqual({
    expected: 9,
    unexpected: 0,
    flaky: 0,
    inconclusive: 0,
    unsupported: 0,
    skipped: 0,
  });
  expect(missingCells(merged)).toEqual([]);
});

it('has the order of the catalogue, whatever the order of the shards and however they are cut', () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray(catalogue, { minLength: 9 }),
      fc.array(fc.nat(3), { minLength: 9, maxLength: 9 }),
      (shuffled, parts) => {
        const shards = [0, 1, 2, 3]
          .map((part) => shuffled.filter((_, index) => parts[index] === part))
          .filter(({ length }) => length > 0)
          .map((firewalls) => run(firewalls.map(passes)));
        const merged = mergeResults(named(...shards));
        expect(ids(merged.cells)).toEqual(catalogue.map((id) => `${id}/register/aes`));
        expect(ids(merged.run.firewalls)).toEqual(catalogue);
      },
    ),
  );
});

describe('what is missing', () => {
  it('is what the plan has and no shard: by firewall, and by scenario', () => {
    const merged = mergeResults(
      named(run([passes('1'), passes('2')]), run([{ ...passes('1'), id: '1/relay/aes', scenario: 'relay' }])),
      ['1', '2', '3'],
    );
    expect(ids(missingCells(merged))).toEqual(['2/relay/aes', '3/register/aes', '3/relay/aes']);
  });

  it('is nothing more than what was asked for, but what was measured beyond is shown', () => {
    const merged = mergeResults(named(run([passes('1'), passes('2')])), ['1']);
    expect(missingCells(merged)).toEqual([]);
    expect(ids(merged.cells)).toEqual(['1/register/aes', '2/register/aes']);
  });
});

const moved = (from: string, to: string): CellResult => ({
  ...cell(from, 'access-change', 'aes', [attempt(1, 'udp:5060', 'passed', { at: to })]),
  id: `${from}>${to}/access-change/aes`,
  to,
});
/** Makes a run with these moves of the UE. */
const moving = (id: string, ...moves: [from: string, to: string][]): RunResult => {
  const cells = moves.map(([from, to]) => moved(from, to));
  const plan = {
    ...run(cells).run.plan,
    firewalls: [...new Set(moves.flat())],
    moves: moves.map(([from, to]) => ({ scenario: 'access-change', from, to })),
  };
  return run(cells, { id, plan });
};

it.each([
  ['one way', false],
  ['the other way', true],
])('has the moves of every shard, named %s', (_, reversed) => {
  const shards = [moving('a', ['1', '8']), moving('b', ['8', '1'], ['2', '8'])];
  const merged = mergeResults(named(...(reversed ? shards.reverse() : shards)), ['1', '2', '8']);
  expect(ids(merged.cells)).toEqual([
    '1>8/access-change/aes',
    '2>8/access-change/aes',
    '8>1/access-change/aes',
  ]);
  expect(missingCells(merged)).toEqual([]);
});

it('shows a cell that was measured though no plan names it', () => {
  const odd = { ...passes('1'), id: '1/something/aes' };
  expect(ids(mergeResults(named(run([passes('2'), odd]))).cells)).toEqual([
    '2/register/aes',
    '1/something/aes',
  ]);
});

it('loses nothing that was measured, whatever the order of the shards and wherever one was stopped', () => {
  const all: CellResult[] = [
    ...catalogue.map(passes),
    ...catalogue.map((id) => cell(id, 'relay', 'aes', [attempt(2, 'udp:3478', 'passed')])),
    moved('1', '8'),
    moved('8', '1'),
  ];
  /** For each cell: the shard that measured it, and the others that were stopped before it. */
  const dealt = fc.array(fc.record({ by: fc.nat(2), stopped: fc.subarray([0, 1, 2]) }), {
    minLength: all.length,
    maxLength: all.length,
  });
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  fc.assert(
    fc.property(dealt, (deal) => {
      const shards = [0, 1, 2].map((part) => {
        const own = all.flatMap((one, index) => {
          if (deal[index]!.by === part) return [one];
          return deal[index]!.stopped.includes(part)
            ? [{ ...one, attempts: [], outcome: 'skipped' as const }]
            : [];
        });
        const moves = own.flatMap(({ firewall, to }) =>
          to === undefined ? [] : [{ scenario: 'access-change', from: firewall, to }],
        );
        const plan = { ...run(own).run.plan, ...(moves.length > 0 ? { moves } : {}) };
        return run(own, { id: `run-${part}`, plan });
      });
      const merged = orders.map((order) => mergeResults(named(...order.map((part) => shards[part]!))));
      expect(ids(merged[0]!.cells).sort()).toEqual(ids(all).sort());
      expect(merged[0]!.cells).toEqual(expect.arrayContaining(all));
      for (const other of merged) expect(other).toEqual(merged[0]);
      // Merging step by step gives the same cells.
      const [first, second, third] = shards as [RunResult, RunResult, RunResult];
      const inSteps = mergeResults(named(mergeResults(named(third, first)), second));
      expect(inSteps.cells).toEqual(merged[0]!.cells);
      expect([...inSteps.run.mergedFrom!].sort()).toEqual(['run-0', 'run-1', 'run-2']);
    }),
    { numRuns: 50 },
  );
});

describe('a cell that a shard was stopped before', () => {
  it('is taken from the shard that came further, where none finished it', () => {
    const begun = { ...passes('1'), outcome: 'skipped' as const };
    const shards = [run([skipped('1')], { id: 'a' }), run([begun], { id: 'b' })];
    expect(mergeResults(named(...shards), ['1']).cells).toEqual([begun]);
    expect(mergeResults(named(...shards.reverse()), ['1']).cells).toEqual([begun]);
  });

  it.each([
    ['before', [run([skipped('1')], { id: 'a', interrupted: true }), run([passes('1')], { id: 'b' })]],
    ['after', [run([passes('1')], { id: 'b' }), run([skipped('1')], { id: 'a', interrupted: true })]],
  ])('is taken from the shard %s that measured it', (_, shards) => {
    const { cells, run: of } = mergeResults(named(...shards), ['1']);
    expect(cells).toEqual([passes('1')]);
    expect(of.interrupted).toBe(true);
  });

  it('stays skipped where none did', () => {
    expect(mergeResults(named(run([skipped('1')])), ['1']).summary.skipped).toBe(1);
  });
});

it('lasts from the first beginning to the last end, and names what ran where', () => {
  const { run: of } = mergeResults(
    named(
      run([passes('1')], {
        startedAt: '2025-01-02T03:04:10.000Z',
        durationMs: 500,
        versions: { node: '20' },
      }),
      run([passes('2')], { kernel: '6.8', versions: { node: '22', squid: '5.7' } }),
    ),
  );
  expect(of).toMatchObject({
    startedAt: '2025-01-02T03:04:05.000Z',
    durationMs: 5500,
    kernel: '6.8, 6.1',
    versions: { node: '22, 20', squid: '5.7' },
    // The ids are in the order in which the runs began.
    mergedFrom: ['run-2', 'run-1'],
  });
  expect(of.id).toMatch(/^merged-[0-9a-f]{12}$/);
});

describe('refuses', () => {
  it('two shards that measured the same cell', () => {
    expect(() => mergeResults(named(run([passes('1')]), run([passes('2'), passes('1')])))).toThrow(
      expect.objectContaining({
        code: 'SHARDS_OVERLAP',
        message: 'out/1 and out/2 both measured 1/register/aes; leave one of them out',
      }),
    );
  });

  const one = run([passes('1')]);
  it.each([
    ['backend netns and docker', { backend: 'docker' }],
    ['patience evidence and rfc', { patience: 'rfc' }],
    ['timers rfc and 3gpp', { timers: '3gpp' }],
    ['ladder all and stop', { ladder: 'stop' }],
    ['steps 1, 2, 3 and 3', { plan: { ...one.run.plan, steps: [3] } }],
    ['repeat 1 and 5', { plan: { ...one.run.plan, repeat: 5 } }],
    [
      'catalogue abababababab (1, 2, 3, 4, 5, 6, 7, 8, 9) and cdcdcdcdcdcd (mine)',
      { plan: { ...one.run.plan, catalogue: { sha256: 'cd'.repeat(32), firewalls: ['mine'] } } },
    ],
  ] as const)('other than one measurement: %s', (words, difference) => {
    const other = run([passes('2')], difference as Partial<RunResult['run']>);
    expect(() => mergeResults(named(one, other))).toThrow(
      expect.objectContaining({
        code: 'SHARDS_DIFFER',
        message: `out/1 and out/2 are no parts of one measurement: ${words}; merge only runs that differ in firewalls, scenarios, suites or securities`,
      }),
    );
  });
});
