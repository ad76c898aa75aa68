import { oneLine } from '../../kit/one-line';

/** Most characters of a message that are kept for a reader. */
export const mostText = 4096;

/**
 * Makes a message from the network readable as text: lines end with a line feed only, and characters that could not be
 * seen, or that change how others are shown, are written as `\u{1b}`. What is longer than a reader needs is cut off.
 */
export function visibleText(bytes: Uint8Array): string {
  const isCut = bytes.length > mostText;
  const kept = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, mostText));
  const text = kept.toString('utf8').replaceAll('\r\n', '\n').trimEnd();
  return visible(text) + (isCut ? `\n[${bytes.length - mostText} more bytes]` : '');
}

/** Makes a few words from the network readable on one line. */
export const visibleWords = (text: string): string => oneLine(text.slice(0, mostWords));

/** Most characters of a label. */
const mostWords = 200;

const visible = (text: string): string =>
  text.replace(
    /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (hidden) => `\\u{${hidden.codePointAt(0)!.toString(16)}}`,
  );
