import { quoted } from '../../nodes/shell-word';

/** Quotes a word for a POSIX shell, unless it needs none. */
export const shellWord = (word: string): string => (/^[\w./:=@%+,-]+$/.test(word) ? word : quoted(word));

/**
 * Returns a command for a POSIX shell that can be copied, in lines of so many columns as far as its words allow: each
 * line but the last ends with a backslash. An option stays with its value.
 */
export function shellLines(argv: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  for (const unit of unitsOf(argv)) {
    const line = lines.at(-1);
    if (line === undefined) lines.push(unit);
    else if (line.length + 1 + unit.length + continued.length <= columns)
      lines[lines.length - 1] = `${line} ${unit}`;
    else lines.push(`  ${unit}`);
  }
  return lines.map((line, index) => (index < lines.length - 1 ? `${line}${continued}` : line));
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
