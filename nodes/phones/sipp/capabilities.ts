import type { Capabilities } from '../../ue/protocol';

/** What SIPp can do. TLS and CONNECT are a shim's affair, so neither suites nor ways through are limited. */
export const capabilities: Capabilities = {
  // It has no voice of its own: it can only send RTP again that was captured before.
  actions: ['register', 'message'],
  servers: ['pcscf'],
  transports: ['udp', 'tls'],
  securities: ['digest'],
  sockets: 'observed',
};
