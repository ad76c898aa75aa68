/**
 * A text on one line.
 * @param joint what stands where lines met
 */
export function oneLine(text: string, joint = ' '): string {
  return text.replace(/\s*[\r\n]+\s*/g, joint).trim();
}
