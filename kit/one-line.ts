/**
 * Joins the lines of a text into one, without characters that would control a terminal.
 * @param joint the text that replaces each line break and the blanks around it
 */
export function oneLine(text: string, joint = ' '): string {
  return text
    .trim()
    .replace(/\s*[\r\n]+\s*/g, joint)
    .replace(/\p{Cc}+/gu, ' ');
}
