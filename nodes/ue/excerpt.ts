const longest = 60;

/**
 * Writes bytes from the network so that they fit into a log line: the first line in quotes if it is
 * text, else the first bytes in hex.
 */
export function excerpt(bytes: Buffer): string {
  if (bytes.length === 0) return 'nothing';
  const [line = ''] = bytes.toString('latin1', 0, longest + 1).split(/[\r\n]/, 1);
  if (/^[\x20-\x7e]+$/.test(line)) return JSON.stringify(shortened(line));
  const hex = bytes.toString('hex', 0, 16).match(/../g) ?? [];
  return `bytes ${hex.join(' ')}${bytes.length > 16 ? ' ...' : ''}`;
}

/** Writes text from the network so that it fits into a log line. */
export function printable(text: string): string {
  return shortened(text.replace(/[^\x20-\x7e]/g, '?'), 100);
}

function shortened(text: string, length = longest): string {
  return text.length > length ? `${text.slice(0, length)}...` : text;
}
