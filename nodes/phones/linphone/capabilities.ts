import type { Capabilities } from '../../ue/protocol';

/** What Linphone can do. */
export const capabilities: Capabilities = {
  actions: ['register', 'call', 'message'],
  // It always traverses NATs: it asks for outbound (RFC 5626) and puts the address that an NAPT gave it into its Contact.
  steps: [2, 3],
  servers: ['pcscf'],
  transports: ['udp', 'tls'],
  securities: ['digest'],
  // Its TLS library offers the suites that it was built with; no setting narrows them.
  suites: ['modern'],
  sockets: 'observed',
};
