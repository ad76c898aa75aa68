import { attempt, cell, run } from '../report/result-fixture';
import { claimsOf } from './claims-of-run';
import { inVariant } from './missing';
import { tls } from './testing/results';
import type { BoxResult, CellResult, RunResult } from './result';

const numbered = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];

/** Registration with an encrypting suite on each type, which gets through everywhere but where it is named. */
const registering = (blockedAt?: string): CellResult[] =>
  numbered.map((type) =>
    type === blockedAt
      ? cell(`${type}/register/aes`, [attempt('3 tls:443', 'blocked', { expected: 'passed' })], null)
      : cell(`${type}/register/aes`, [attempt('3 tls:443', 'passed', { evidence: [tls('aes')] })], 3),
  );

const ue = (isReference: boolean): BoxResult => ({
  place: 'ue',
  name: isReference ? 'reference' : 'other',
  isReference,
});

const i1 = (cells: readonly CellResult[], about: Pick<RunResult['run'], 'plan' | 'boxes' | 'variants'>) =>
  claimsOf(cells, about).find(({ id }) => id === 'I1')!.verdict;

const { plan } = run([]).run;

it.each([
  ['the reference UE confirms', true, undefined, 'confirmed'],
  ['the reference UE contradicts', true, '6', 'contradicted'],
  ['another phone confirms', false, undefined, 'confirmed'],
  ['another phone does not contradict', false, '6', 'untested'],
] as const)('%s', (_, isReference, blockedAt, verdict) => {
  expect(i1(registering(blockedAt), { plan, boxes: [ue(isReference)] })).toBe(verdict);
});

it('in a run over variants the reference UE alone decides, if it was measured', () => {
  const variants = [true, false].map((isReference) => ({
    name: isReference ? 'reference' : 'other',
    run: 'r',
    boxes: [ue(isReference)],
  }));
  const boxes = [ue(true), ue(false)];
  const own = registering().map((one) => inVariant(one, 'reference'));
  const others = registering('6').map((one) => inVariant(one, 'other'));
  expect(i1([...own, ...others], { plan, boxes, variants })).toBe('confirmed');
  expect(i1(others, { plan, boxes, variants })).toBe('untested');
  expect(i1([], { plan, boxes, variants })).toBe('untested');
});
