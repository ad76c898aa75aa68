import stringWidth from 'string-width';

/** Returns the columns that a text takes on a terminal, where some characters take two and some none. */
export const widthOf = (text: string): number => stringWidth(text);

/** Breaks a text between words into lines of so many columns, and a word that is longer than a line where it ends. */
export function wrap(text: string, columns: number): string[] {
  const words = text.split(/(?<=\S) /).flatMap((word) => pieces(word, columns));
  return filled(words, ' ', columns);
}

/** Returns a paragraph after a label, with its further lines indented below the first. */
export function hang(label: string, text: string, columns: number): string[] {
  const indent = ' '.repeat(widthOf(label));
  const [first = '', ...rest] = wrap(text, columns - widthOf(label));
  return [`${label}${first}`, ...rest.map((line) => `${indent}${line}`)];
}

/** Cuts a text that is longer than so many columns, and shows that by `…`. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  const [first = ''] = pieces(text, columns - 1);
  return `${widthOf(first) < columns ? first : ''}…`;
}

/** Graphemes stay whole, or half an emoji would be wider than it. */
const graphemes = new Intl.Segmenter();

const pieces = (text: string, columns: number): string[] =>
  widthOf(text) <= columns
    ? [text]
    : filled(
        [...graphemes.segment(text)].map(({ segment }) => segment),
        '',
        columns,
      );

/** Joins parts to lines, each of as many as have room. */
function filled(parts: readonly string[], joint: string, columns: number): string[] {
  const lines: { text: string; width: number }[] = [];
  for (const part of parts) {
    const width = widthOf(part);
    const line = lines.at(-1);
    if (line && line.width + joint.length + width <= columns) {
      line.text += joint + part;
      line.width += joint.length + width;
    } else lines.push({ text: part, width });
  }
  return lines.map(({ text }) => text);
}
