import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, property } from 'fast-check';
import { githubReporter, toAnnotations } from './github';
import { hostileRun, hostileText } from './hostile-fixture';
import { toMarkdown } from './markdown';
import { attempt, cell, claim, run } from './result-fixture';

const result = run(
  [
    cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1),
    cell(
      '3/register/aes',
      [attempt('3 tls:443', 'failed', { expected: 'passed', reason: '100% lost' })],
      null,
      {
        expected: 3,
        outcome: 'unexpected',
      },
    ),
  ],
  [claim('I1', 'contradicted', ['3/register/aes']), claim('I2', 'confirmed', ['0/register/aes'])],
);

test('an error for each cell and claim that is not as expected, then a notice with the summary', () => {
  expect(toAnnotations(result)).toBe(
    [
      '::error title=3/register/aes unexpected::nothing got through, expected step 3%0A' +
        'step 3 tls:443: failed, expected passed: 100%25 lost (the UE said: failed TIMEOUT timer F ran out)',
      '::error title=claim I1 contradicted::Sentence I1 (CR); rests on 3/register/aes',
      '::notice title=nimsfw-lab::2 cells in 1.5 s: 1 expected, 1 unexpected, 0 flaky, 0 skipped; ' +
        '2 claims: 1 confirmed, 1 contradicted, 0 untested',
      '',
    ].join('\n'),
  );
});

test('a title cannot end the command early', () => {
  const odd = run([], [claim('a::b,c', 'contradicted', [])]);
  expect(toAnnotations(odd)).toContain('::error title=claim a%3A%3Ab%2Cc contradicted::');
});

test('whatever texts a result has, there are as many commands, each a line, and no other line', () => {
  const count = toAnnotations(hostileRun('a')).split('\n').length;
  assert(
    property(hostileText, (text) => {
      const lines = toAnnotations(hostileRun(text)).split('\n');
      expect(lines).toHaveLength(count);
      expect(lines.pop()).toBe('');
      for (const line of lines) {
        expect(line).toMatch(/^::(?:error|notice) title=[^:,]*::/);
        expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
      }
    }),
    { numRuns: 50 },
  );
});

test('the Markdown is added to the summary page of the workflow', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nimsfw-github-'));
  try {
    const file = join(folder, 'summary.md');
    writeFileSync(file, 'from the step before\n');
    let printed = '';
    await githubReporter({ write: async (text) => void (printed += text) }, file).onEnd!(result);
    expect(readFileSync(file, 'utf8')).toBe(`from the step before\n${toMarkdown(result)}\n`);
    expect(printed).toBe(toAnnotations(result));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
