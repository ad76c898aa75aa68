import { createColors } from 'picocolors';
import { hang } from '../report/paragraph';
import { usualColumns as width } from '../report/terminal';
import type { ChangeKind, Comparison } from './comparison';
import { comparisonWords, entriesOf, markWords, runsWords } from './words';

/** Returns a comparison for a terminal: the runs and what else differs, the changes, and last the summary. */
export function comparisonToTerminal(comparison: Comparison, colours: boolean): string {
  const paint = createColors(colours);
  const painted: Record<ChangeKind, (text: string) => string> = {
    ...{ worse: paint.red, better: paint.green, other: paint.yellow, added: paint.dim, removed: paint.dim },
  };
  const facts = [...comparison.notes, comparison.times].flatMap((line) => hang('  ', line, width));
  const entries = entriesOf(comparison).flatMap(({ kind, subject, words }) => {
    const [first = '', ...rest] = hang(kind.padEnd(9), `${subject}: ${words}`, width);
    return [painted[kind](kind) + first.slice(kind.length), ...rest];
  });
  const legend = entries.some((line) => line.includes('!')) ? [paint.dim(`(${markWords})`)] : [];
  const { worse, better } = comparison.summary;
  const summary = worse > 0 ? paint.red : better > 0 ? paint.green : paint.bold;
  const sections = [
    [...runsWords(comparison).flatMap((line) => hang('', line, width)), ...facts],
    ...(entries.length > 0 ? [[...entries, ...legend]] : []),
    [summary(comparisonWords(comparison))],
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
