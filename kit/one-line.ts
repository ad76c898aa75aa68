/**
 * Joins the lines of a text into one and shows it as text: without characters that would control a terminal, and with
 * those that no reader sees, such as the ones that turn the direction of writing, written out (`\u202e`). The joiners
 * U+200C and U+200D stay, since words and emoji are written with them.
 *
 * @param joint the text that replaces each line break and the blanks around it
 */
export function oneLine(text: string, joint = ' '): string {
  return text
    .trim()
    .replace(/\s*[\r\n\p{Zl}\p{Zp}]+\s*/gu, joint)
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/(?![\u200c\u200d])\p{Cf}/gu, writtenOut);
}

function writtenOut(character: string): string {
  const digits = character.codePointAt(0)!.toString(16).padStart(4, '0');
  return digits.length > 4 ? `\\u{${digits}}` : `\\u${digits}`;
}
