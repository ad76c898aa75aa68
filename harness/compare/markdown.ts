import { escape, grid } from '../report/markdown-text';
import type { Comparison } from './comparison';
import { comparisonWords, entriesOf, markWords, runsWords } from './words';

/** Returns a comparison as GitHub-flavoured Markdown. */
export function comparisonToMarkdown(comparison: Comparison): string {
  const entries = entriesOf(comparison);
  const rows = entries.map(({ kind, subject, words }) => [kind, subject, words]);
  const facts = [...runsWords(comparison), ...comparison.notes, comparison.times];
  const sections = [
    '## Compared with another run',
    `**${escape(comparisonWords(comparison))}**`,
    ...(rows.length > 0 ? [grid(['', 'what', 'change'], rows), `(${escape(markWords)})`] : []),
    facts.map((line) => `- ${escape(line)}`).join('\n'),
  ];
  return `${sections.join('\n\n')}\n`;
}
