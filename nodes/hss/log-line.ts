import { oneLine } from '../../kit/one-line';

/** A peer may send names of any length. */
const longest = 400;

/** Returns a line of the log of a text that has words of a peer in it: without what controls a terminal, and not too long. */
export function logLine(text: string): string {
  const line = oneLine(text);
  return line.length > longest ? `${line.slice(0, longest)}...` : line;
}
