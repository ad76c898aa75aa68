import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { formatProblem } from '../../kit/yaml-file';
import { installation } from '../../nodes/installation';
import { knownFileJsonSchema, parseKnown } from './known-file';

function read(text: string): unknown {
  const result = parseKnown(text, 'known.yaml');
  return result.ok ? result.value : result.problems.map(formatProblem);
}

test('has what is known of each cell, and why', () => {
  expect(
    read(`known:
  - cell: 6/register/*
    traversedAt: none
    outcome: unexpected
    reason: The phone has no CONNECT.
    issue: https://example.org/issues/7
    until: 2026-12-31
  - { cell: 9/relay/aes, traversedAt: 3, reason: slow }
`),
  ).toEqual([
    {
      ...{
        cell: '6/register/*',
        traversedAt: 'none',
        outcome: 'unexpected',
        reason: 'The phone has no CONNECT.',
      },
      ...{ issue: 'https://example.org/issues/7', until: '2026-12-31' },
    },
    { cell: '9/relay/aes', traversedAt: 3, reason: 'slow' },
  ]);
  expect(read('known: []')).toEqual([]);
});

test.each([
  ['', 'known.yaml:1: is empty (allowed: known)'],
  ['known: 3', 'known.yaml:1: known: must be a list, not 3'],
  [
    'know: []',
    'known.yaml:1: know: is not known (did you mean known?; allowed: known)',
    'known.yaml:1: known: is missing (a list)',
  ],
  ['known:\n  - cell: 6/*', 'known.yaml:2: known[0].reason: is missing (text)'],
  ['known:\n  - cell: 6/*\n    reason: ""\n', 'known.yaml:3: known[0].reason: must not be empty'],
  [
    'known:\n  - cell: 6/*\n    reason: a\n    untill: 2026-01-01\n',
    'known.yaml:4: known[0].untill: is not known (did you mean until?; allowed: cell, traversedAt, outcome, reason, issue, until)',
  ],
  [
    'known:\n  - cell: 6/*\n    reason: a\n    until: 2026-02-30\n    issue: javascript:alert(1)\n    traversedAt: 4\n    outcome: skipped\n',
    'known.yaml:4: known[0].until: "2026-02-30" must be a day (2026-12-31)',
    'known.yaml:5: known[0].issue: "javascript:alert(1)" must be an address (https://...)',
    'known.yaml:6: known[0].traversedAt: must be a step (1, 2, 3) or none, not 4',
    'known.yaml:7: known[0].outcome: "skipped" is not allowed (allowed: unexpected, flaky, inconclusive)',
  ],
  [
    'known:\n  - { cell: 6/*, reason: a }\n  - { cell: 6/*, reason: b }\n',
    'known.yaml:3: known[1].cell: "6/*" is at known[0] already (leave one of them out)',
  ],
])('%j is refused, line by line', (text, ...lines) => {
  expect(read(text)).toEqual(lines);
});

test('any text is a list or has mistakes in one line each', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json().map((json) => `known: ${json}`),
      ),
      (text) => {
        const result = parseKnown(text, 'known.yaml');
        for (const problem of result.ok ? [] : result.problems)
          expect(formatProblem(problem)).toMatch(/^known\.yaml:\d+: [^\p{Cc}]+$/u);
      },
    ),
  );
});

test('docs/known.schema.json is what the code says; if not, run `npm run docs`', () => {
  expect(readFileSync(join(installation, 'docs/known.schema.json'), 'utf8')).toBe(knownFileJsonSchema());
});
