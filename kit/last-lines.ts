/** Returns the last line of what a program has printed; it is empty if the program printed nothing. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
