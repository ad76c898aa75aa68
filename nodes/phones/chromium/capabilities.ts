import type { Capabilities } from '../../ue/protocol';

/** What Chromium with JsSIP can do. */
export const capabilities: Capabilities = {
  actions: ['register', 'message'],
  servers: ['pcscf'],
  // A page has no sockets, so that SIP over WebSocket (RFC 7118) is all that it has.
  transports: ['wss'],
  securities: ['digest'],
  // It offers the suites that it was built with; no flag takes it back to one of TS 33.203's.
  suites: ['modern'],
  sockets: 'observed',
};
