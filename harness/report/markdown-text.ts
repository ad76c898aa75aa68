import { oneLine } from '../../kit/one-line';

/** Returns a table of GitHub's dialect. */
export function grid(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escape).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** Escapes text from outside, so that it brings no table bars, markup, HTML or line breaks into Markdown. */
export function escape(text: string): string {
  const entities: Record<string, string> = { '<': '&lt;', '>': '&gt;', '&': '&amp;' };
  // Underscores inside a word (suite names) and a tilde before a space are no markup in GitHub's dialect.
  return oneLine(text).replace(
    /[\\`*[\]<>|&$]|~(?! )|(?<!\w)_|_(?!\w)/g,
    (found) => entities[found] ?? `\\${found}`,
  );
}
