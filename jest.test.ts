import './jest';
import { attempt, cell, claim, run } from './harness/report/result-fixture';

const result = run(
  [
    cell('6/register/aes', [attempt('1 udp:5060', 'blocked'), attempt('3 tls:443', 'passed')], 3),
    cell('6/register/null', [attempt('3 tls:443', 'passed')], 3),
    cell('9/register/aes', [attempt('3 tls:443', 'passed')], 3),
    cell('9/register/null', [attempt('3 tls:443', 'blocked')], null),
    cell('8/register/aes', [attempt('3 connect:443', 'inconclusive')], null, { outcome: 'inconclusive' }),
  ],
  [
    claim('I1', 'confirmed', ['6/register/aes']),
    claim('I2', 'contradicted', ['9/register/null']),
    claim('I3', 'untested', []),
  ],
);

const failure = (assert: () => void): string => {
  try {
    assert();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it did not fail');
};

test('what got through everywhere traverses, at that step and at any', () => {
  expect(result).toTraverse('6', { by: 3, scenario: 'register' });
  expect(result).toTraverse('6', { scenario: 'register' });
  expect(result).toTraverse('9', { by: 3, scenario: 'register', suite: 'aes' });
  expect(result).not.toTraverse('6', { by: 2, scenario: 'register' });
  expect(result).not.toTraverse('9', { scenario: 'register', suite: 'null' });
});

test('what got through in one cell only neither traverses nor does not', () => {
  expect(failure(() => expect(result).toTraverse('9', { by: 3, scenario: 'register' }))).toBe(
    `expected register, through firewall 9, to get through at step 3:
  9/register/aes: expected, got through at step 3
    step 3 tls:443: passed: registered
  9/register/null: expected, nothing got through
    step 3 tls:443: blocked: dropped by sip-ports`,
  );
  expect(failure(() => expect(result).not.toTraverse('9', { scenario: 'register' }))).toMatch(
    /^expected register, through firewall 9, not to get through:\n/,
  );
});

describe.each([
  ['', (of: unknown): jest.JestMatchers<unknown> => expect(of)],
  ['.not', (of: unknown): jest.JestMatchers<unknown> => expect(of).not as jest.JestMatchers<unknown>],
])('expect()%s', (_, expecting) => {
  it.each([
    [
      'was not measured',
      '7',
      'register',
      'register, through firewall 7 was not measured; there is 6/register/aes, ',
    ],
    ['was not measured', '6', 'call', 'call, through firewall 6 was not measured; there is 6/register/aes, '],
    [
      'could not be judged',
      '8',
      'register',
      'register, through firewall 8 could not be judged:\n  8/register/aes: inconclusive',
    ],
  ])('fails on what %s: %s %s', (__, firewall, scenario, words) => {
    const said = failure(() => expecting(result).toTraverse(firewall, { scenario }));
    expect(said.startsWith(words)).toBe(true);
  });

  it('fails on a claim that was not tested, or that there is none', () => {
    expect(failure(() => expecting(result).toConfirm('I3'))).toBe(
      'claim I3 (Sentence I3; CR) was neither confirmed nor contradicted by what was measured',
    );
    expect(failure(() => expecting(result).toConfirm('I99'))).toBe(
      'there is no claim I99; there is I1, I2, I3',
    );
  });

  it('fails on what is no result', () => {
    const words = 'expect() was not given a result of nimsfw-lab: await measure(...).result first';
    expect(failure(() => expecting(Promise.resolve(result)).toConfirm('I1'))).toBe(words);
    expect(failure(() => expecting(undefined).toTraverse('6', { scenario: 'register' }))).toBe(words);
  });
});

test('claims are confirmed or contradicted', () => {
  expect(result).toConfirm('I1');
  expect(result).not.toConfirm('I2');
  expect(failure(() => expect(result).toConfirm('I2'))).toBe(
    'expected claim I2 (Sentence I2; CR) to be confirmed; it was contradicted, by 9/register/null',
  );
  expect(failure(() => expect(result).not.toConfirm('I1'))).toBe(
    'expected claim I1 (Sentence I1; CR) to be contradicted; it was confirmed, by 6/register/aes',
  );
});
