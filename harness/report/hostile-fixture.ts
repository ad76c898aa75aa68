import { constantFrom, oneof, string, tuple, type Arbitrary } from 'fast-check';
import { drop } from '../judge/testing/results';
import type { RunResult } from '../judge/result';
import { attempt, cell, claim, knobs, run } from './result-fixture';

/** What means something to a terminal, a reader of Markdown, XML, CSV or LaTeX, or a log of GitHub. */
const meaningful = [
  '\u001b[2J',
  '\u001b]0;title\u0007',
  '\r\n',
  '\u2028',
  '\u202e',
  '<script>alert(1)</script>',
  '</td>',
  ']]>',
  '&amp;',
  '|',
  '`',
  '[a](javascript:b)',
  '![a](b)',
  '**',
  '::error::',
  '%0A',
  '=1+1',
  '@SUM(A1)',
  '"',
  "'",
  '\\input{/etc/passwd}',
  '\\end{tabular}',
  '$x^2_1$',
  '{}~#&%',
  '--',
  '防火墙',
];

/** A text that somebody wrote who means harm. */
export const hostileText: Arbitrary<string> = tuple(
  oneof(constantFrom(...meaningful), string({ unit: 'binary', maxLength: 8 })),
  oneof(constantFrom(...meaningful), string({ unit: 'grapheme', maxLength: 60 })),
  string({ unit: 'grapheme-ascii', maxLength: 8 }),
).map((parts) => parts.join(''));

/** A run in which every text that comes from outside is this one, once in a table, once as a problem. */
export function hostileRun(text: string): RunResult {
  const witness = { end: 'failed', code: 'TLS_FAILED', text } as const;
  const measurements = [{ name: text, value: text, unit: text }];
  const made = run(
    [
      cell('0/msrp/aes', [attempt('3 tls:443', 'passed', { measurements })], 3),
      cell(
        '3/register/aes',
        [
          attempt('1 udp:5060', 'blocked', {
            evidence: [drop({ rule: text, statement: text })],
            reason: text,
          }),
          attempt('3 tls:443', 'failed', { expected: 'passed', reason: text, witness }),
        ],
        null,
        { expected: 3, outcome: 'unexpected' },
      ),
    ],
    [{ ...claim('I1', 'contradicted', [text]), source: text, statement: text }],
    {
      kernel: text,
      versions: { node: text, [text]: '1' },
      outages: [{ node: text, code: text, text }],
      boxes: [{ place: 'ue', name: text, isReference: false, version: text, command: text }],
      firewalls: ['0', '3'].map((id) => ({ id, title: text, source: text, confidence: text, knobs })),
    },
  );
  made.cells[1]!.id = `3/register/${text}`;
  return made;
}
