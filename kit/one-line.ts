/**
 * Joins the lines of a text into one.
 * @param joint the text that replaces each line break and the blanks around it
 */
export function oneLine(text: string, joint = ' '): string {
  return text.replace(/\s*[\r\n]+\s*/g, joint).trim();
}
