import type { Capabilities } from '../../ue/protocol';

/** What Chromium with JsSIP can do. */
export const capabilities: Capabilities = {
  actions: ['register', 'message', 'call', 'relay'],
  servers: ['pcscf', 'turn'],
  // A page has no sockets: its SIP is over WebSocket alone (RFC 7118), and the others are those of its TURN.
  transports: ['udp', 'tcp', 'tls', 'wss'],
  securities: ['digest'],
  // It offers the suites that it was built with; no flag takes it back to one of TS 33.203's.
  suites: ['modern'],
  sockets: 'observed',
};
