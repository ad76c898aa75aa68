const longest = 60;

/**
 * What came from the network, as it may stand in a log line: its first line in quotes if that is text, else its first
 * bytes in hex.
 */
export function excerpt(bytes: Buffer): string {
  if (bytes.length === 0) return 'nothing';
  const [line = ''] = bytes.toString('latin1', 0, longest + 1).split(/[\r\n]/, 1);
  if (/^[\x20-\x7e]+$/.test(line)) return JSON.stringify(shortened(line));
  const hex = bytes.toString('hex', 0, 16).match(/../g) ?? [];
  return `bytes ${hex.join(' ')}${bytes.length > 16 ? ' ...' : ''}`;
}

/** Text from the network as it may stand in a log line. */
export function printable(text: string): string {
  return shortened(text.replace(/[^\x20-\x7e]/g, '?'), 100);
}

function shortened(text: string, length = longest): string {
  return text.length > length ? `${text.slice(0, length)}...` : text;
}
