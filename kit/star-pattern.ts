/**
 * Says whether a text is as a pattern has it, in which each `*` stands for any characters, also none. The time that it takes grows
 * with the lengths of both only, whoever wrote the pattern.
 */
export function fitsStars(text: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split(/\*+/);
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
