/**
 * Characters that would change how the text around them is shown, or that show nothing: control characters but tab and line
 * feed, format characters such as the bidirectional overrides, and separators of lines and paragraphs.
 */
const unseen = /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Writes a text so that all of it can be seen: a right-to-left override as `\u{202e}`. */
export function visibleText(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n/g, '\n')
    .replace(unseen, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** Does so with all texts of a value that is made of plain objects and arrays, so that no part of a page has to remember it. */
export function withVisibleTexts<T>(value: T): T {
  if (typeof value === 'string') return visibleText(value) as T;
  if (Array.isArray(value)) return value.map(withVisibleTexts) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, withVisibleTexts(held)])) as T;
}
