import { assert, property } from 'fast-check';
import { SaxesParser } from 'saxes';
import { hostileRun, hostileText } from './hostile-fixture';
import { toJUnit } from './junit';
import { attempt, cell, claim, run } from './result-fixture';

test('a suite for each firewall, a case for each cell', () => {
  const result = run([
    cell('0/register/aes', [attempt('1 udp:5060', 'passed'), attempt('2 udp:5060', 'passed')], 1),
    cell(
      '0/relay/aes',
      [
        attempt('2 udp:3478', 'passed'),
        attempt('2 udp:3478', 'failed', { round: 2, expected: 'passed', reason: 'silence' }),
      ],
      2,
      { outcome: 'flaky' },
    ),
    cell(
      '3/register/aes',
      [
        attempt('3 tls:443', 'failed', {
          expected: 'passed',
          reason: 'alert "40" & <nothing>',
          witness: { end: 'failed', code: 'TLS_FAILED', text: 'a\u0007bell' },
        }),
      ],
      null,
      { expected: 3, outcome: 'unexpected' },
    ),
    cell('3/relay/aes', [], null, { expected: 3, outcome: 'skipped' }),
  ]);
  expect(toJUnit(result)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="nimsfw-lab" tests="4" failures="2" errors="0" skipped="1" time="1.250">
  <testsuite name="firewall 0  open" timestamp="2025-01-02T03:04:05.000Z" tests="2" failures="1" errors="0" skipped="0" time="1.000">
    <testcase classname="nimsfw.0" name="register/aes" time="0.500">
      <system-out>step 1 udp:5060: passed, as expected: registered
step 2 udp:5060: passed, as expected: registered</system-out>
    </testcase>
    <testcase classname="nimsfw.0" name="relay/aes" time="0.500">
      <failure type="flaky" message="its repetitions came to different verdicts">round 1, step 2 udp:3478: passed, as expected: registered
round 2, step 2 udp:3478: failed, expected passed: silence (the UE said: failed TIMEOUT timer F ran out)</failure>
    </testcase>
  </testsuite>
  <testsuite name="firewall 3  no SIP ports" timestamp="2025-01-02T03:04:05.000Z" tests="2" failures="1" errors="0" skipped="1" time="0.250">
    <testcase classname="nimsfw.3" name="register/aes" time="0.250">
      <failure type="unexpected" message="nothing got through, expected step 3">step 3 tls:443: failed, expected passed: alert &quot;40&quot; &amp; &lt;nothing&gt; (the UE said: failed TLS_FAILED a bell)</failure>
    </testcase>
    <testcase classname="nimsfw.3" name="relay/aes" time="0.000">
      <skipped message="the run ended before this cell was finished"/>
    </testcase>
  </testsuite>
</testsuites>
`);
});

test('a block that was expected is a success', () => {
  const result = run([cell('closed/register/aes', [attempt('1 udp:5060', 'blocked')], null)]);
  expect(toJUnit(result)).not.toContain('<failure');
});

test('a cell that no shard measured is an error, in the suite of its firewall', () => {
  const { run: of, ...rest } = run([cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1)]);
  const plan = { ...of.plan, firewalls: ['0', '7'] };
  expect(toJUnit({ ...rest, run: { ...of, plan } })).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="nimsfw-lab" tests="2" failures="0" errors="1" skipped="0" time="0.250">
  <testsuite name="firewall 0  open" timestamp="2025-01-02T03:04:05.000Z" tests="1" failures="0" errors="0" skipped="0" time="0.250">
    <testcase classname="nimsfw.0" name="register/aes" time="0.250">
      <system-out>step 1 udp:5060: passed, as expected: registered</system-out>
    </testcase>
  </testsuite>
  <testsuite name="firewall 7" timestamp="2025-01-02T03:04:05.000Z" tests="1" failures="0" errors="1" skipped="0" time="0.000">
    <testcase classname="nimsfw.7" name="register/aes" time="0.000">
      <error type="missing" message="no run measured this cell"/>
    </testcase>
  </testsuite>
</testsuites>
`);
});

test('a claim that is contradicted fails, one that is confirmed holds, and one that is untested is no case', () => {
  const claims = [
    claim('I1', 'confirmed', []),
    claim('I2', 'contradicted', ['9/register/null']),
    claim('I8', 'untested', []),
  ];
  const result = run([cell('closed/register/aes', [attempt('1 udp:5060', 'blocked')], null)], claims);
  const xml = toJUnit(result);
  expect(xml).toContain('<testsuites name="nimsfw-lab" tests="3" failures="1" errors="0" skipped="0" ');
  expect(xml.slice(xml.indexOf('  <testsuite name="claims"'))).toBe(
    `  <testsuite name="claims" timestamp="2025-01-02T03:04:05.000Z" tests="2" failures="1" errors="0" skipped="0" time="0.000">
    <testcase classname="nimsfw.claims" name="I1 Sentence I1" time="0.000"/>
    <testcase classname="nimsfw.claims" name="I2 Sentence I2" time="0.000">
      <failure type="contradicted" message="contradicted: Sentence I2 (CR)">rests on 9/register/null</failure>
    </testcase>
  </testsuite>
</testsuites>
`,
  );
});

test('a cell that could not be judged is an error, no failure', () => {
  const undecided = cell('0/register/aes', [attempt('1 udp:5060', 'inconclusive')], null, {
    outcome: 'inconclusive',
    expected: 1,
  });
  const xml = toJUnit(run([undecided]));
  expect(xml).toContain('tests="1" failures="0" errors="1" skipped="0"');
  expect(xml).toContain('<error type="inconclusive" message="it could not be judged">');
});

test('a move that no shard measured is named with where it goes', () => {
  const { run: of, ...rest } = run([cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1)]);
  const plan = {
    ...of.plan,
    firewalls: ['0', '8'],
    scenarios: ['access-change'],
    moves: [{ scenario: 'access-change', from: '0', to: '8' }],
  };
  expect(toJUnit({ ...rest, run: { ...of, plan } })).toContain(
    '<testcase classname="nimsfw.0" name="access-change to 8/aes" time="0.000">',
  );
});

test('whatever texts a result has, the document is well formed, has as many elements, and no text is hidden', () => {
  const hidden = /[^\n\t\P{Cc}]|[\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
  const elements = (xml: string): number => {
    const parser = new SaxesParser();
    let count = 0;
    parser.on('error', (error) => {
      throw error;
    });
    parser.on('opentag', ({ attributes }) => {
      count += 1;
      for (const value of Object.values(attributes)) expect(value).not.toMatch(hidden);
    });
    parser.on('text', (text) => expect(text).not.toMatch(hidden));
    parser.write(xml).close();
    return count;
  };
  const count = elements(toJUnit(hostileRun('a')));
  assert(
    property(hostileText, (text) => expect(elements(toJUnit(hostileRun(text)))).toBe(count)),
    { numRuns: 50 },
  );
});
