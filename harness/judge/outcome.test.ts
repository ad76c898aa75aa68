import fc from 'fast-check';
import type { Step } from '../../ladder';
import type { AttemptResult, Verdict } from './result';
import { toPcscf } from '../../ladder/testing/rungs';
import { expectedOf, outcomeOf, summaryOf, traversedAt } from './outcome';
import { attempt, cell } from './testing/results';

const round = (number: number, ...attempts: AttemptResult[]): AttemptResult[] =>
  attempts.map((one) => ({ ...one, round: number }));

describe('traversedAt', () => {
  it.each<[string, AttemptResult[], Step | null]>([
    ['nothing was tried', [], null],
    ['nothing passed', [attempt(1, 'udp:5060', 'blocked'), attempt(3, 'tls:443', 'failed')], null],
    [
      'one rung of a step is enough',
      [attempt(2, 'udp:5060', 'blocked'), attempt(2, 'tls:5061', 'passed')],
      2,
    ],
    ['the first step counts', [attempt(3, 'tls:443', 'passed'), attempt(1, 'udp:5060', 'passed')], 1],
    [
      'the worst round counts',
      [
        ...round(1, attempt(2, 'udp:5060', 'passed'), attempt(3, 'tls:443', 'passed')),
        ...round(2, attempt(2, 'udp:5060', 'blocked'), attempt(3, 'tls:443', 'passed')),
      ],
      3,
    ],
    [
      'a round that did not get through is no way through',
      [
        ...round(1, attempt(1, 'udp:5060', 'passed')),
        ...round(2, attempt(1, 'udp:5060', 'failed')),
        ...round(3, attempt(1, 'udp:5060', 'passed')),
      ],
      null,
    ],
  ])('%s', (_, attempts, step) => {
    expect(traversedAt(attempts)).toBe(step);
  });
});

describe('outcomeOf', () => {
  const blocked = attempt(1, 'udp:5060', 'blocked', { expected: 'blocked' });
  const passed = attempt(2, 'udp:5060', 'passed', { expected: 'passed' });

  it.each<[string, AttemptResult[], Step | null, string]>([
    ['nothing was tried: skipped', [], null, 'skipped'],
    ['all verdicts and the step as expected', [blocked, passed], 2, 'expected'],
    ['blocked throughout, as expected', [blocked], null, 'expected'],
    ['another step than expected', [blocked, passed], 1, 'unexpected'],
    ['passed where nothing should', [blocked, { ...passed, expected: 'blocked' }], null, 'unexpected'],
    [
      'a failure is not a block, though neither got through',
      [{ ...blocked, verdict: 'failed' }],
      null,
      'unexpected',
    ],
    ['rounds that agree', [...round(1, blocked, passed), ...round(2, blocked, passed)], 2, 'expected'],
    [
      'rounds that disagree, the last one as expected',
      [...round(1, { ...blocked, verdict: 'failed' }, passed), ...round(2, blocked, passed)],
      2,
      'flaky',
    ],
    [
      'something that could not be judged, the rest as expected',
      [blocked, { ...passed, verdict: 'inconclusive' }],
      2,
      'inconclusive',
    ],
    [
      'something that could not be judged in one round only',
      [...round(1, blocked, passed), ...round(2, blocked, { ...passed, verdict: 'inconclusive' })],
      2,
      'inconclusive',
    ],
    [
      'something that could not be judged hides nothing',
      [
        { ...blocked, verdict: 'failed' },
        { ...passed, verdict: 'inconclusive' },
      ],
      2,
      'unexpected',
    ],
    ['the same way at two steps is two rungs', [blocked, { ...passed, via: blocked.via }], 2, 'expected'],
  ])('%s', (_, attempts, expected, outcome) => {
    expect(outcomeOf(attempts, expected)).toBe(outcome);
  });

  it('is expected only if every single verdict is', () => {
    const verdict = fc.constantFrom<Verdict>('passed', 'blocked', 'failed', 'inconclusive', 'unsupported');
    fc.assert(
      fc.property(fc.array(fc.tuple(verdict, verdict), { minLength: 1, maxLength: 4 }), (pairs) => {
        const vias = ['udp:5060', 'tls:5061', 'udp:3478', 'tcp:3478'];
        const attempts = pairs.map(([measured, expected], index) =>
          attempt(2, vias[index]!, measured, { expected }),
        );
        const tried = pairs.filter(([measured]) => measured !== 'unsupported');
        const asExpected = tried.length > 0 && tried.every(([measured, expected]) => measured === expected);
        const step = pairs.some(([measured]) => measured === 'passed') ? 2 : null;
        expect(outcomeOf(attempts, step) === 'expected').toBe(
          asExpected && tried.every(([measured]) => measured !== 'inconclusive'),
        );
      }),
    );
  });
});

it('summaryOf counts every outcome, those of which there is none too', () => {
  const cells = (['flaky', 'expected', 'flaky', 'inconclusive', 'unsupported', 'skipped'] as const).map(
    (outcome) => ({
      ...cell('1', 'register', 'aes', []),
      outcome,
    }),
  );
  expect(summaryOf(cells)).toEqual({
    expected: 1,
    unexpected: 0,
    flaky: 2,
    inconclusive: 1,
    unsupported: 1,
    skipped: 1,
  });
});

describe('what the phone cannot do', () => {
  const cannot = attempt(3, 'tls:443', 'unsupported', { expected: 'passed' });
  const blocked = attempt(1, 'udp:5060', 'blocked', { expected: 'blocked' });
  const passed = attempt(2, 'udp:5060', 'passed', { expected: 'passed' });

  it('is an outcome of its own where it is all', () => {
    expect(outcomeOf([cannot], null)).toBe('unsupported');
    expect(outcomeOf([cannot, { ...cannot, round: 2 }], 3)).toBe('unsupported');
  });

  it('is not held against the cell where it is a part', () => {
    expect(outcomeOf([blocked, cannot], expectedOf(3, [blocked, cannot]))).toBe('expected');
    expect(outcomeOf([blocked, passed, cannot], expectedOf(2, [blocked, passed, cannot]))).toBe('expected');
    // An unsupported attempt does not hide a wrong one.
    const wrong = { ...blocked, expected: 'passed' as const };
    expect(outcomeOf([wrong, cannot], expectedOf(1, [wrong, cannot]))).toBe('unexpected');
  });

  it('leaves the first of the other rungs to be expected', () => {
    expect(expectedOf(1, [blocked, passed])).toBe(1);
    expect(expectedOf(1, [{ ...cannot, ...toPcscf(1, 'udp:5060') }, passed])).toBe(2);
    expect(expectedOf(3, [blocked, cannot])).toBeNull();
    // If the UE moves, only the network that it moves to counts.
    expect(expectedOf(1, [passed, { ...cannot, at: '8' }], '8')).toBeNull();
  });
});
