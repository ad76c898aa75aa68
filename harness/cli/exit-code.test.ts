import { withKnown } from '../judge/known';
import { attempt, cell, claim, run } from '../report/result-fixture';
import { exitCodeOf, exitCodes } from './exit-code';

const asExpected = cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1);
const unexpected = cell('1/register/aes', [attempt('1 udp:5060', 'failed', { expected: 'passed' })], null, {
  outcome: 'unexpected',
});
const flaky = { ...asExpected, id: '2/register/aes', outcome: 'flaky' as const };
const undecided = cell(
  '3/register/aes',
  [attempt('1 udp:5060', 'inconclusive', { expected: 'passed' })],
  null,
  { outcome: 'inconclusive' },
);
const unsupported = cell(
  '5/register/aes',
  [attempt('1 udp:5060', 'unsupported', { expected: 'passed' })],
  null,
  { outcome: 'unsupported' },
);
const skipped = cell('4/register/aes', [], null, { outcome: 'skipped' });

it.each([
  ['all as expected', [asExpected], exitCodes.expected],
  ['something unexpected', [asExpected, unexpected], exitCodes.unexpected],
  ['something flaky', [asExpected, flaky], exitCodes.unexpected],
  ['something that could not be judged', [asExpected, undecided], exitCodes.undecided],
  ['something that was not finished, which is no verdict', [asExpected, skipped], exitCodes.undecided],
  ['nothing at all', [], exitCodes.undecided],
  ['something that the phone does not support', [asExpected, unsupported], exitCodes.expected],
  ['nothing that the phone supports', [unsupported], exitCodes.undecided],
  ['what could not be judged hides nothing', [undecided, skipped, unexpected], exitCodes.unexpected],
])('%s', (_, cells, code) => {
  expect(exitCodeOf(run(cells))).toBe(code);
});

it('what is missing is undecided, and hides neither what was unexpected nor a claim that is contradicted', () => {
  const lacking = (cells: (typeof asExpected)[], claims: Parameters<typeof run>[1] = []): number => {
    const { run: of, ...rest } = run(cells, claims);
    return exitCodeOf({ ...rest, run: { ...of, plan: { ...of.plan, firewalls: ['0', '1', '9'] } } });
  };
  expect(lacking([asExpected])).toBe(exitCodes.undecided);
  expect(lacking([unexpected])).toBe(exitCodes.unexpected);
  expect(lacking([asExpected], [claim('I2', 'contradicted', [])])).toBe(exitCodes.unexpected);
  expect(exitCodeOf(run([asExpected], [claim('I2', 'untested', [])]))).toBe(exitCodes.expected);
});

it('what is known to deviate does not count, and neither does the claim that it alone contradicts; all else does', () => {
  const of = (cells: (typeof asExpected)[]): number =>
    exitCodeOf(withKnown(run(cells), [{ cell: '1/*', reason: 'known' }]));
  expect(of([asExpected, unexpected])).toBe(exitCodes.expected);
  expect(of([unexpected])).toBe(exitCodes.expected);
  expect(of([asExpected, unexpected, flaky])).toBe(exitCodes.unexpected);
  expect(of([unexpected, undecided])).toBe(exitCodes.undecided);
});
