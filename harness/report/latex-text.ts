import { oneLine } from '../../kit/one-line';

/** How LaTeX writes the characters that mean something to it, or that some encoding of its fonts has not. */
const written: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  '%': '\\%',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  _: '\\_',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': '\\textquotedbl{}',
  '`': '\\textasciigrave{}',
  // What begins a row of a table with one of these would be read as an argument of the \\ before it.
  '[': '{[}',
  '*': '{*}',
};

/**
 * Escapes text from outside, so that LaTeX prints it as it is and runs nothing of it. A character for which fonts in T1
 * have no glyph, such as one of Chinese, is written by its number, `U+9632`, since with it the document would not compile.
 */
export const latexText = (text: string): string =>
  [...oneLine(text)]
    .map((character) => written[character] ?? (isInFont(character) ? character : codeOf(character)))
    .join('')
    // Beside their like these would become a dash or a quotation mark.
    .replace(/([-,'])(?=\1)/g, '$1{}');

/** ASCII, the letters of Latin-1 and Latin Extended-A, and the punctuation of typography. */
const isInFont = (character: string): boolean =>
  /^[ -~\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017e–—‘’“”…]$/.test(character);

const codeOf = (character: string): string =>
  `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')} `;
