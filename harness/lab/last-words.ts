/** Length of the end of a program's output that is kept. */
export const keptBytes = 4000;

/** Lines that are quoted when none of them is marked as grave, and the longest quotation in characters. */
const quotedLines = 3;
const quotedLength = 400;

/** The marks by which Kamailio, coturn, squid and Node show grave lines, gravest first. */
const marks: readonly RegExp[] = [
  /\b(FATAL|PANIC|EMERG|EMERGENCY)\b/i,
  /\b(CRITICAL|ALERT)\b/,
  /\b(ERROR|[A-Z]\w*Error)\b/,
];

/** Lines that are no reason: squid's statistics, stack traces, and consequences of the reason. */
const noise = [
  /^(CPU Usage|Maximum Resident Size|Page faults with physical i\/o):/,
  /Squid Cache \(Version .*\): Terminated abnormally/,
  /^at .*:\d+(:\d+)?\)?$/,
  /^Node\.js v\d/,
  // coturn prints this at every start without a console.
  /CONFIG ERROR: Empty cli-password/,
];

/**
 * Returns one line on why a program ended: the last of its gravest lines, else its last lines.
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
