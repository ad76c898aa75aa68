import { netFailure } from './net-error';

const establishing = (error: string): string => `Error in connection establishment: net::ERR_${error}`;

it.each([
  ['CERT_AUTHORITY_INVALID', 'CERTIFICATE_UNTRUSTED'],
  ['CERT_COMMON_NAME_INVALID', 'CERTIFICATE_NAME'],
  ['SSL_PROTOCOL_ERROR', 'TLS_FAILED'],
  ['PROXY_CONNECTION_FAILED', 'PROXY_UNREACHABLE'],
  ['TUNNEL_CONNECTION_FAILED', 'UNTOLD'],
  ['CONNECTION_REFUSED', 'CONNECTION_REFUSED'],
  ['CONNECTION_RESET', 'CONNECTION_LOST'],
  ['CONNECTION_TIMED_OUT', 'TIMEOUT'],
  ['ADDRESS_UNREACHABLE', 'UNREACHABLE'],
  ['BLOCKED_BY_CLIENT', 'UNTOLD'],
])('net::ERR_%s is %s', (error, code) => {
  const text = establishing(error);
  expect(netFailure(text)).toMatchObject({ code, message: `WebSocket: ${text}` });
});

it('what has no name of an error, and what is not printable, is told as it is', () => {
  const text = 'Error during WebSocket handshake: Unexpected response code: 404\n';
  expect(netFailure(text)).toMatchObject({
    code: 'UNTOLD',
    message: 'WebSocket: Error during WebSocket handshake: Unexpected response code: 404?',
  });
});
