/** How the protocols of arrows are written; one that is not here is written in capitals. */
const names: ReadonlyMap<string, string> = new Map([
  ['connect', 'HTTP'],
  ['websocket', 'WebSocket'],
  ['other', 'other'],
]);

/** The protocols that have a colour and a pattern of their own in `cell.css`. */
const drawn = new Set([
  ...['sip', 'tls', 'dtls', 'connect', 'stun', 'turn', 'ice', 'msrp', 'rtp'],
  ...['websocket', 'dns', 'tcp', 'udp', 'icmp'],
]);

/** Writes a protocol for a reader. */
export const protocolName = (protocol: string): string => names.get(protocol) ?? protocol.toUpperCase();

/** The class of its arrows. It is one of a few words, whatever the protocol is called. */
export const protocolClass = (protocol: string): string =>
  `protocol-${drawn.has(protocol) ? protocol : 'other'}`;
