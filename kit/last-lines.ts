/** The last line of what a program has printed; empty where it printed nothing. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
