/** How much of what a program said is kept. */
export const keptBytes = 4000;

/** How many lines are quoted where none of them stands out, and how long a quotation is at most. */
const quotedLines = 3;
const quotedLength = 400;

/** How programs mark what matters, gravest first: Kamailio, coturn, squid, Node. */
const marks: readonly RegExp[] = [
  /\b(FATAL|PANIC|EMERG|EMERGENCY)\b/i,
  /\b(CRITICAL|ALERT)\b/,
  /\b(ERROR|[A-Z]\w*Error)\b/,
];

/** What a program prints beside or after its reason: squid's accounts, stack traces, what follows from the reason. */
const noise = [
  /^(CPU Usage|Maximum Resident Size|Page faults with physical i\/o):/,
  /Squid Cache \(Version .*\): Terminated abnormally/,
  /^at .*:\d+(:\d+)?\)?$/,
  /^Node\.js v\d/,
  // coturn says so of every start without a console.
  /CONFIG ERROR: Empty cli-password/,
];

/**
 * What a program said of why it ended, in one line: the last of its gravest words, else its last lines.
 *
 * @param said the end of its output
 */
export function lastWords(said: string): string {
  const lines = said
    .split('\n')
    .map((line) => line.replace(/[\p{Cc}\ufffd\s]+/gu, ' ').trim())
    .filter((line) => line !== '' && !noise.some((one) => one.test(line)));
  const grave = marks.map((mark) => lines.findLast((line) => mark.test(line))).find((line) => line);
  const words = grave ?? lines.slice(-quotedLines).join(' | ');
  return words.slice(0, quotedLength) || 'it printed nothing';
}
