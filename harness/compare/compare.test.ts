import fc from 'fast-check';
import { knobsSchema } from '../../firewalls/knobs';
import { verdicts, outcomes, type AttemptResult, type CellResult, type RunResult } from '../judge/result';
import { attempt, cell, claim, knobs, run } from '../report/result-fixture';
import { compareRuns, isWorse } from './compare';
import { comparison, type Change, type ChangeKind } from './comparison';
import { pageComparisonOf } from './page';
import { differenceWords, subjectWords } from './words';

const rungs = ['1 udp:5060', '2 udp:5060', '3 tls:443'] as const;
const open = cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1);

/** Builds an attempt that a rule has denied. */
const denied = (
  rung: (typeof rungs)[number],
  rule: string,
  more: Partial<AttemptResult> = {},
): AttemptResult => attempt(rung, 'blocked', { evidence: [dropBy(rule)], ...more });

const dropBy = (rule: string): AttemptResult['evidence'][number] => ({
  kind: 'drop',
  firewall: 'fw-3',
  rule,
  statement: rule,
  decisive: true,
  chain: 'forward',
  at: 0,
  packet: { protocol: 'udp', src: '10.89.3.2', dst: '198.19.0.10', summary: 'SIP REGISTER' },
  matchedBy: 'five-tuple',
  count: 1,
  lastAt: 0,
});

/** Compares, and writes each change as a line. */
const changed = (before: RunResult, after: RunResult): string[] =>
  compareRuns(before, after).changes.map(line);
const line = (one: Change): string => `${one.kind}: ${subjectWords(one)}: ${differenceWords(one)}`;
const ofCells = (before: CellResult, after: CellResult): string[] => changed(run([before]), run([after]));

describe('what is worse, and what is better', () => {
  const through = (step: 1 | 2 | 3 | null, more: Parameters<typeof cell>[3] = {}): CellResult =>
    cell('3/register/aes', [], step, more);

  it.each<[string, CellResult, CellResult, string[]]>([
    ['a later step is worse', through(2), through(3), ['worse: 3/register/aes: step 2 → step 3']],
    ['none is worse', through(3), through(null), ['worse: 3/register/aes: step 3 → none']],
    [
      'getting through where nothing should is not better',
      through(null),
      through(3, { expected: null, outcome: 'unexpected' }),
      ['worse: 3/register/aes: none → step 3 ! not none'],
    ],
    [
      'what is not judged any more shows less',
      through(2),
      through(2, { outcome: 'inconclusive' }),
      ['worse: 3/register/aes: step 2 → inconclusive'],
    ],
    [
      'what is shown to be wrong is worse than what is not judged',
      through(null, { outcome: 'skipped' }),
      through(null, { outcome: 'unexpected', expected: 3 }),
      ['worse: 3/register/aes: skipped → none ! not 3'],
    ],
    ['nothing, when the step stays', through(2), through(2), []],
  ])('%s', (_, before, after, lines) => {
    expect(ofCells(before, after)).toEqual(lines);
  });

  const trying = (...attempts: AttemptResult[]): CellResult => cell('3/register/aes', attempts, 3);

  it.each<[string, CellResult, CellResult, string[]]>([
    [
      'a rung that is blocked now',
      trying(attempt('2 udp:5060', 'passed')),
      trying(denied('2 udp:5060', 'sip-ports')),
      ['worse: 3/register/aes, step 2 udp:5060: passed → blocked by sip-ports'],
    ],
    [
      'a rung that got through and should not have',
      trying(denied('2 udp:5060', 'sip-ports')),
      trying(attempt('2 udp:5060', 'passed', { expected: 'blocked' })),
      ['worse: 3/register/aes, step 2 udp:5060: blocked by sip-ports → passed !'],
    ],
    [
      'another rule, which is neither',
      trying(denied('2 udp:5060', 'sip-ports')),
      trying(denied('2 udp:5060', 'udp-not-allowed')),
      ['other: 3/register/aes, step 2 udp:5060: blocked by sip-ports → blocked by udp-not-allowed'],
    ],
    [
      'rounds that disagree now',
      trying(attempt('3 tls:443', 'passed'), attempt('3 tls:443', 'passed', { round: 2 })),
      trying(
        attempt('3 tls:443', 'passed'),
        attempt('3 tls:443', 'failed', { round: 2, expected: 'passed' }),
      ),
      ['worse: 3/register/aes, step 3 tls:443: passed → flaky !'],
    ],
    [
      'nothing, when more rounds passed of those that disagree, which is chance',
      trying(attempt('3 tls:443', 'passed'), attempt('3 tls:443', 'failed', { round: 2 })),
      trying(...[1, 2, 3].map((round) => attempt('3 tls:443', round === 2 ? 'failed' : 'passed', { round }))),
      [],
    ],
    [
      'a rung that was not tried',
      trying(),
      trying(attempt('3 tls:443', 'passed')),
      ['other: 3/register/aes, step 3 tls:443: not tried → passed'],
    ],
    [
      'how it failed',
      trying(attempt('3 tls:443', 'failed')),
      trying(attempt('3 tls:443', 'failed', { witness: { end: 'failed', code: 'CONNECTION_LOST' } })),
      ['other: 3/register/aes, step 3 tls:443: failed (TIMEOUT) → failed (CONNECTION_LOST)'],
    ],
    [
      'nothing, when a drop explains no failure',
      trying(denied('2 udp:5060', 'sip-ports')),
      trying(
        denied('2 udp:5060', 'sip-ports', {
          evidence: [dropBy('sip-ports'), { ...dropBy('invalid-state'), decisive: false } as never],
        }),
      ),
      [],
    ],
  ])('%s', (_, before, after, lines) => {
    expect(ofCells(before, after)).toEqual(lines);
  });
});

describe('claims', () => {
  const decided = (verdict: 'confirmed' | 'contradicted' | 'untested', cells = [open.id]): RunResult =>
    run([open], [claim('I1', verdict, cells)]);

  it.each([
    ['confirmed', 'contradicted', 'worse: claim I1: confirmed → contradicted'],
    ['confirmed', 'untested', 'worse: claim I1: confirmed → untested'],
    ['contradicted', 'untested', 'better: claim I1: contradicted → untested'],
  ] as const)('%s, then %s', (before, after, said) => {
    expect(changed(decided(before), decided(after))).toEqual([said]);
  });

  it('that was decided by cells which the other run has not measured is neither', () => {
    const whole = run(
      [open, cell('3/register/aes', [], 3)],
      [claim('I1', 'confirmed', [open.id, '3/register/aes'])],
    );
    const part = decided('untested', []);
    const removed = 'removed: 3/register/aes: step 3 → not measured';
    const added = 'added: 3/register/aes: not measured → step 3';
    expect(changed(whole, part)).toEqual([
      removed,
      'other: claim I1: confirmed → untested, as not all its cells were measured',
    ]);
    expect(changed(part, whole)).toEqual([added, 'other: claim I1: untested → confirmed']);
  });
});

it('names the knob that was turned, and the rules that are others by it', () => {
  const typed = (udp: unknown): RunResult => {
    const of = { id: '3', title: 'no SIP ports', source: 'the CR', confidence: 'likely' };
    const ports = knobsSchema.parse({ udp, tcp: { except: [5060, 5061] } });
    return run([open], [], { firewalls: [{ ...of, knobs: ports }] });
  };
  expect(changed(typed({ except: [5060, 5061] }), typed('any'))).toEqual([
    'other: firewall 3, knob udp: { except: [5060, 5061] } → any',
    'other: firewall 3, rule sip-ports: UDP to the SIP ports 5060 and 5061; TCP to the SIP ports 5060 and 5061 → TCP to the SIP ports 5060 and 5061',
  ]);
  expect(
    changed(run([open]), run([open], [], { firewalls: [{ ...run([]).run.firewalls[0]!, knobs }] })),
  ).toEqual([]);
});

it('says what else differs, which is no change', () => {
  const before = run([open], [], { versions: { squid: '5.7' } });
  const [origin] = before.run.origins;
  const after = run([open], [], {
    // Only the second run has cells by IMS AKA, which is no other version of ESP.
    versions: { squid: '6.1', coturn: '4.6', ESP: 'userspace' },
    backend: 'docker',
    boxes: [{ place: 'turn', name: 'mine\nown', isReference: false, version: '2' }],
    origins: [{ ...origin!, machine: { ...origin!.machine, processors: 8 }, services: { mediaSeconds: 1 } }],
  });
  const { changes, notes, times } = compareRuns(before, after);
  expect(changes).toEqual([]);
  expect(notes).toEqual([
    'backend: netns → docker',
    'machine: 2 processors (a processor), 4 GiB → 8 processors (a processor), 4 GiB',
    'option mediaSeconds: 3 → 1',
    'option callsAtOnce: 8 → none',
    'option msrpBytes: 1048576 → none',
    'option idleSeconds: 2 → none',
    'version of squid: 5.7 → 6.1',
    'box turn: none → mine own 2',
    'version of coturn: none → 4.6',
  ]);
  expect(times).toBe('times were not compared, as the runs differ in: backend');
});

it('does not compare where cells got through if other steps were tried', () => {
  const two = run([cell('3/register/aes', [attempt('3 tls:443', 'passed')], 3)]);
  const all = run([
    cell('3/register/aes', [attempt('2 udp:5060', 'passed'), attempt('3 tls:443', 'passed')], 2),
  ]);
  const only3 = { ...two, run: { ...two.run, plan: { ...two.run.plan, steps: [3 as const] } } };
  const { changes, notes } = compareRuns(all, only3);
  expect(changes).toEqual([]);
  expect(notes).toEqual([
    'steps: 1, 2, 3 → 3',
    'as other steps were tried, single attempts are compared, and not where cells got through',
  ]);
});

it('refuses runs that have no cell in common', () => {
  expect(() => compareRuns(run([open]), run([cell('3/register/aes', [], 3)]))).toThrow(
    expect.objectContaining({ code: 'INCOMPARABLE' }) as Error,
  );
});

it('a page has the same changes in words', () => {
  const compared = compareRuns(
    run([open, cell('3/register/aes', [], 2)], [claim('I1', 'confirmed', [])]),
    run([open, cell('3/register/aes', [], 3)], [claim('I1', 'contradicted', [])]),
  );
  expect(pageComparisonOf(compared)).toEqual({
    baseline: 'run r1 of 2025-01-02 03:04, 2 cells',
    notes: ['times were not compared: that takes 5 rounds (--repeat) of each, and there are 1 and 1'],
    changes: [
      { cell: '3/register/aes', kind: 'worse', text: '3/register/aes: step 2 → step 3' },
      { cell: '', kind: 'worse', text: 'claim I1: confirmed → contradicted' },
    ],
  });
});

describe('whatever the runs', () => {
  const anAttempt = fc
    .record({
      rung: fc.constantFrom(...rungs),
      verdict: fc.constantFrom(...verdicts),
      expected: fc.constantFrom(...verdicts),
      round: fc.integer({ min: 1, max: 2 }),
      evidence: fc.subarray([dropBy('sip-ports'), dropBy('udp-not-allowed')]),
    })
    .map(({ rung, verdict, ...more }) => attempt(rung, verdict, more));
  const step = fc.constantFrom(1 as const, 2 as const, 3 as const, null);
  const ids = ['0/register/aes', '3/register/aes', '3/message/null', '8/register/null'] as const;
  const aCell = (id: (typeof ids)[number]): fc.Arbitrary<CellResult> =>
    fc
      .tuple(fc.array(anAttempt, { maxLength: 4 }), step, step, fc.constantFrom(...outcomes))
      .map(([attempts, through, expected, outcome]) => cell(id, attempts, through, { expected, outcome }));
  const aRun = fc
    .tuple(
      aCell(ids[0]),
      fc.subarray(ids.slice(1)).chain((some) => fc.tuple(...some.map(aCell))),
      fc.constantFrom('confirmed' as const, 'contradicted' as const, 'untested' as const),
      fc.subarray([...ids]),
    )
    .map(([first, more, verdict, basis]) => run([first, ...more], [claim('I1', verdict, basis)]));

  it('one that is compared with itself has not changed', () => {
    fc.assert(
      fc.property(aRun, (one) => {
        const compared = compareRuns(one, one);
        expect(compared.changes).toEqual([]);
        expect(compared.notes).toEqual([]);
        expect(isWorse(compared)).toBe(false);
      }),
    );
  });

  it('what is worse one way is better the other way', () => {
    const mirrored: Record<ChangeKind, ChangeKind> = {
      ...{ worse: 'better', better: 'worse', other: 'other', added: 'removed', removed: 'added' },
    };
    const name = ({ kind, about, id, part }: Change): string => [kind, about, id, part].join(' ');
    fc.assert(
      fc.property(aRun, aRun, (before, after) => {
        const there = compareRuns(before, after);
        const back = compareRuns(after, before);
        expect(back.changes.map((one) => name({ ...one, kind: mirrored[one.kind] })).sort()).toEqual(
          there.changes.map(name).sort(),
        );
        expect(comparison.parse(there)).toEqual(there);
        expect(isWorse(there)).toBe(there.changes.some(({ kind }) => kind === 'worse'));
      }),
    );
  });
});
