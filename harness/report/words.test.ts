import type { BoxResult } from '../judge/result';
import { attempt, cell, claim, run } from './result-fixture';
import { toPcscf } from '../../ladder/testing/rungs';
import {
  attemptWords,
  boxesWords,
  confidences,
  firewallWords,
  missingWords,
  problemWords,
  ranges,
  rungWords,
  suiteTitle,
  suiteWords,
  summaryWords,
  tellingAttempts,
  traversedWords,
  unmeasuredWords,
} from './words';

test.each([
  [['0', '1', '2', '3', 'closed'], '0-3, closed'],
  [['1', '2'], '1, 2'],
  [['1', '3', '4', '5', '9'], '1, 3-5, 9'],
  [['my-own'], 'my-own'],
  [['3', '2', '1'], '3, 2, 1'],
])('%j is written %s', (ids, words) => expect(ranges(ids)).toBe(words));

test.each([
  ['expected', 3, 3, 'step 3'],
  ['expected', null, null, 'none'],
  ['unexpected', null, 3, 'none ! not 3'],
  ['unexpected', 2, null, 'step 2 ! not none'],
  ['unexpected', 3, 3, 'step 3 !'],
  ['flaky', 1, 1, 'flaky'],
  ['skipped', null, 3, 'skipped'],
] as const)('a cell that is %s, through at %s instead of %s: %s', (outcome, traversedAt, expected, words) =>
  expect(traversedWords({ outcome, traversedAt, expected })).toBe(words),
);

test('a suite is told with the security unless that is the usual one, in short and in full', () => {
  const [usual, aka] = [
    { suite: 'null', security: 'digest' },
    { suite: 'null', security: 'aka' },
  ] as const;
  expect([usual, aka].map(suiteWords)).toEqual(['null', 'null, aka']);
  expect([usual, aka].map(suiteTitle)).toEqual([
    'TLS_RSA_WITH_NULL_SHA',
    'TLS_RSA_WITH_NULL_SHA, IMS AKA with IPsec at steps 1 and 2',
  ]);
});

test('an attempt is told with what was expected, why, and the word of the UE', () => {
  const failed = attempt('3 tls:443', 'failed', {
    expected: 'passed',
    reason: 'no packet was dropped',
    witness: { end: 'failed', code: 'TLS_FAILED', text: 'alert 40' },
  });
  expect(attemptWords(failed, 1)).toBe(
    'step 3 tls:443: failed, expected passed: no packet was dropped (the UE said: failed TLS_FAILED alert 40)',
  );
  const shimmed = { ...attempt('3 connect:443', 'passed', {}), shims: ['connect' as const] };
  expect(attemptWords(shimmed, 1)).toContain('step 3 connect:443 (shim: connect): passed');
  expect(attemptWords(attempt('1 udp:5060', 'passed', { round: 2 }), 2)).toBe(
    'round 2, step 1 udp:5060: passed, as expected: registered',
  );
});

test('a UE that says it passed although the verdict differs is quoted', () => {
  const claimed = attempt('3 tls:443', 'inconclusive', { reason: 'no capture', witness: { end: 'passed' } });
  expect(attemptWords(claimed, 1)).toContain('(the UE said: passed)');
});

test('what a server says cannot move the cursor', () => {
  const hostile = attempt('3 tls:443', 'failed', { reason: 'answer "\u001B[2J\r\n\u2028x"' });
  expect(attemptWords(hostile, 1)).toContain('answer " [2J x"');
});

test('only unexpected and flaky cells are problems', () => {
  const at = [attempt('1 udp:5060', 'passed')];
  expect(problemWords(cell('0/register/aes', at, 1))).toBeUndefined();
  expect(problemWords(cell('0/register/aes', [], null, { outcome: 'skipped' }))).toBeUndefined();
  expect(problemWords(cell('0/register/aes', at, 1, { outcome: 'flaky' }))).toBe(
    'its repetitions came to different verdicts',
  );
  expect(problemWords(cell('0/register/aes', at, null, { outcome: 'unexpected', expected: 1 }))).toBe(
    'nothing got through, expected step 1',
  );
  expect(problemWords(cell('0/register/aes', at, 1, { outcome: 'unexpected', expected: null }))).toBe(
    'got through at step 1, expected none',
  );
  expect(problemWords(cell('0/register/aes', at, 1, { outcome: 'unexpected' }))).toBe(
    'got through at step 1 as expected, but single attempts did not end as expected',
  );
});

test('the attempts that differ from what was expected explain a cell; without one, all of them', () => {
  const good = attempt('1 udp:5060', 'passed');
  const bad = attempt('2 udp:5060', 'failed', { expected: 'passed' });
  expect(tellingAttempts(cell('0/register/aes', [good, bad], 1))).toEqual([bad]);
  expect(tellingAttempts(cell('0/register/aes', [good], 1))).toEqual([good]);
});

test('a rung in a table', () => {
  const rung = toPcscf(1, 'udp:5060');
  const as = { rung, passed: 1, of: 1, asExpected: true };
  expect(rungWords(undefined)).toBe('-');
  expect(rungWords({ ...as, verdict: 'passed' })).toBe('✓ passed');
  expect(rungWords({ ...as, verdict: 'blocked', letter: 'c' })).toBe('✗ blocked c');
  expect(rungWords({ ...as, verdict: 'failed', asExpected: false, letter: 'c' })).toBe('? failed ! c');
  expect(rungWords({ ...as, verdict: 'mixed', of: 3, asExpected: false, letter: 'c' })).toBe('~ 1/3 ! c');
});

test('firewalls of the same confidence are told together', () => {
  expect(confidences(run([]))).toEqual([
    { firewalls: '0', confidence: 'control' },
    { firewalls: '3, 8', confidence: 'content likely, numbering a guess' },
  ]);
});

test('a control whose title is its id is not named twice', () => {
  expect(firewallWords({ id: '8', title: 'mandatory web proxy' })).toBe('8  mandatory web proxy');
  expect(firewallWords({ id: 'closed', title: 'closed' })).toBe('closed');
  expect(firewallWords({ id: '2', title: '2nd floor' })).toBe('2  2nd floor');
});

test('the summary counts cells and claims', () => {
  const cells = [
    cell('0/register/aes', [], 1),
    cell('3/register/aes', [], null, { outcome: 'unexpected', expected: 3 }),
    cell('8/register/aes', [], null, { outcome: 'skipped' }),
  ];
  const claims = [claim('I1', 'confirmed', []), claim('I2', 'contradicted', []), claim('I8', 'untested', [])];
  expect(summaryWords(run(cells, claims))).toBe(
    '3 cells in 1.5 s: 1 expected, 1 unexpected, 0 flaky, 1 skipped; ' +
      '3 claims: 1 confirmed, 1 contradicted, 1 untested',
  );
});

test('what a merged result lacks is told in a line for all firewalls that lack the same', () => {
  const { run: of, ...rest } = run([
    cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1),
    cell('0/relay/aes', [attempt('2 udp:3478', 'passed')], 2),
    cell('4/register/aes', [attempt('3 tls:443', 'passed')], 3),
  ]);
  const plan = { ...of.plan, firewalls: ['0', '1', '2', '3', '4', 'closed'] };
  expect(missingWords({ ...rest, run: { ...of, plan } })).toEqual([
    'Missing: firewall 1-3, closed: no run measured it',
    'Missing: firewall 4: no run measured relay/aes',
  ]);
  expect(missingWords({ ...rest, run: { ...of, plan: { ...plan, firewalls: ['0'] } } })).toEqual([]);
  const moves = [
    { scenario: 'relay', from: '3', to: '4' },
    { scenario: 'relay', from: '4', to: '3' },
  ];
  expect(missingWords({ ...rest, run: { ...of, plan: { ...plan, firewalls: ['3', '4'], moves } } })).toEqual([
    'Missing: firewall 3: no run measured it',
    'Missing: firewall 4: no run measured relay to 3/aes',
  ]);
});

test('a cell that could not be judged is told as that, not as a step that nothing got through', () => {
  const undecided = cell('0/register/aes', [attempt('1 udp:5060', 'inconclusive')], null, {
    outcome: 'inconclusive',
    expected: 1,
  });
  expect(traversedWords(undecided)).toBe('inconclusive');
  expect(problemWords(undecided)).toBe('it could not be judged');
  expect(summaryWords(run([undecided]))).toBe(
    '1 cell in 1.5 s: 0 expected, 0 unexpected, 0 flaky, 1 inconclusive, 0 skipped; 0 claims: 0 confirmed, 0 contradicted, 0 untested',
  );
});

test('what a phone cannot do is told by its reason, with the steps and the number of cells that lack it', () => {
  const cannot = (step: 1 | 2) =>
    attempt(`${step} udp:5060`, 'unsupported', { reason: 'the phone has no security aka' });
  const cells = ['0', '6'].map((firewall) =>
    cell(`${firewall}/register/aes`, [cannot(1), cannot(2), attempt('3 tls:443', 'passed')], 3, {}),
  );
  const nothing = cell('8/register/aes', [cannot(1)], null, { outcome: 'unsupported' });
  expect(unmeasuredWords({ cells: [...cells, nothing] })).toEqual([
    'Steps 1 and 2 were not measured in 2 cells: the phone has no security aka',
  ]);
  expect(
    unmeasuredWords({ cells: [cell('0/register/aes', [attempt('3 tls:443', 'passed')], 3, {})] }),
  ).toEqual([]);
});

describe('the boxes of a run', () => {
  const words = (...boxes: BoxResult[]): string => boxesWords(run([], [], { boxes }));

  test('are the lab its own unless one of them is not', () => {
    expect(words({ place: 'ue', name: 'reference', isReference: true })).toBe("boxes: the lab's own");
  });

  test('are named with what identifies them', () => {
    const digest = `sha256:${'ab'.repeat(32)}`;
    expect(
      words(
        { place: 'pcscf', name: 'kamailio', isReference: true, version: '5.6.3' },
        { place: 'ue', name: 'linphone', isReference: false, version: '5.1.72' },
        { place: 'turn', name: 'mine', isReference: false, image: 'example/turn:1', digest },
        { place: 'proxy', name: 'start.sh', isReference: false, command: './start.sh -v' },
        { place: 'firewall', name: 'eth1', isReference: false, interface: 'eth1' },
      ),
    ).toBe(
      `boxes: ue linphone 5.1.72, turn mine (image example/turn:1, ${digest}), proxy start.sh (command ./start.sh -v), firewall eth1 (interface eth1)`,
    );
  });
});
