import { withKnown } from '../judge/known';
import { toAnnotations } from './github';
import { toJUnit } from './junit';
import { toMarkdown } from './markdown';
import { attempt, cell, claim, run } from './result-fixture';
import { toTerminal } from './terminal';
import { knownProblemWords } from './words';

const failing = cell('6/register/aes', [attempt('3 tls:443', 'failed', { expected: 'passed' })], null, {
  expected: 3,
  outcome: 'unexpected',
});
const good = cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1);
const stored = run([good, failing], [claim('I1', 'contradicted', [failing.id])]);
const known = withKnown(stored, [
  {
    cell: '6/register/*',
    reason: 'the phone has no CONNECT',
    issue: 'https://example.org/7',
    until: '2026-12-31',
  },
  { cell: '0/register/aes', reason: 'mended' },
  { cell: '3/*', reason: 'not measured' },
]);
const why = 'known: the phone has no CONNECT, https://example.org/7, until 2026-12-31';
const problems = [
  'known deviation 0/register/aes no longer deviates; remove it from known.yaml',
  'known deviations that name no cell of this run: 3/*',
];

test('says what is not right any more with what is known', () => {
  expect(knownProblemWords(known)).toEqual(problems);
  const other = withKnown(stored, [{ cell: '6/*', reason: 'slow', traversedAt: 2 }]);
  expect(knownProblemWords(other)).toEqual([
    '6/register/aes deviates otherwise than known: none ! not 3, and known is unexpected or flaky with step 2',
  ]);
});

test('every report has the reason, counts it, and says what is not right any more', () => {
  const words = toTerminal(known, false).replace(/\s+/g, ' ');
  for (const text of [words, toMarkdown(known)]) {
    expect(text).toContain(`nothing got through, expected step 3 (${why})`);
    expect(text).toContain('1 unexpected, 0 flaky, 0 skipped (1 of them known)');
    for (const problem of problems) expect(text.replaceAll('\\', '')).toContain(problem);
  }
});

test('a known deviation is skipped in JUnit, and so is the claim that it alone contradicts', () => {
  const xml = toJUnit(known);
  expect(xml).toContain('<testsuites name="nimsfw-lab" tests="3" failures="0" errors="0" skipped="2"');
  expect(xml).toContain(`<skipped message="nothing got through, expected step 3 (${why})"`);
  expect(xml).toContain('<skipped message="contradicted by known deviations alone"');
  expect(toJUnit(stored)).toContain(
    '<testsuites name="nimsfw-lab" tests="3" failures="2" errors="0" skipped="0"',
  );
});

test('annotates a known deviation as a notice, and what is not right any more as a warning', () => {
  const text = toAnnotations(known);
  expect(text).toContain('::notice title=6/register/aes known deviation::nothing got through');
  expect(text).toContain(`::warning title=known deviations::${problems[0]}`);
  expect(text).not.toContain('::error');
});
