import { shellWord } from '../../nodes/shell-word';

/**
 * Returns a command for a POSIX shell that can be copied, in lines of so many columns as far as its words allow. An option
 * stays with its value. A display filter that is longer than a line is broken within its quotes behind a `||`, where a
 * line break is a blank to tshark; every other line but the last ends with a backslash.
 */
export function shellLines(argv: readonly string[], columns: number): string[] {
  const lines: { text: string; isWithinQuotes: boolean }[] = [];
  for (const unit of unitsOf(argv)) {
    const line = lines.at(-1);
    if (line && line.text.length + 1 + unit.length + continued.length <= columns) {
      line.text += ` ${unit}`;
      continue;
    }
    const indent = line ? '  ' : '';
    const parts = unit.length + indent.length > columns ? unit.split(/(?<= \|\|) /) : [unit];
    parts.forEach((part, index) =>
      lines.push({ text: `${index > 0 ? '    ' : indent}${part}`, isWithinQuotes: index < parts.length - 1 }),
    );
  }
  return lines.map(({ text, isWithinQuotes }, index) =>
    isWithinQuotes || index === lines.length - 1 ? text : `${text}${continued}`,
  );
}

const continued = ' \\';

/** Joins each option with the value behind it. */
function unitsOf(argv: readonly string[]): string[] {
  const units: string[] = [];
  argv.forEach((word, index) => {
    const isValue = /^-./.test(argv[index - 1] ?? '') && !word.startsWith('-');
    if (isValue) units.push(`${units.pop()} ${shellWord(word)}`);
    else units.push(shellWord(word));
  });
  return units;
}
