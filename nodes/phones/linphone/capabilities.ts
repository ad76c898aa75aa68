import type { Capabilities } from '../../ue/protocol';

/** What Linphone can do. */
export const capabilities: Capabilities = {
  actions: ['register', 'call', 'message'],
  servers: ['pcscf'],
  transports: ['udp', 'tls'],
  securities: ['digest'],
  // Its TLS library offers the suites that it was built with; no setting narrows them.
  suites: ['modern'],
  sockets: 'observed',
};
