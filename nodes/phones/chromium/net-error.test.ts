import { netFailure, refusedTunnel } from './net-error';

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

it('a proxy that asks for a name and password has no name of an error', () => {
  expect(netFailure('Proxy authentication failed').code).toBe('PROXY_AUTHENTICATION');
});

it.each([
  [
    'HTTP/1.1 403 Forbidden\r\n\r\n',
    'PROXY_REFUSED',
    'CONNECT pcscf.home:443: the proxy answered 403 Forbidden',
  ],
  [
    'HTTP/1.1 503 No\r\nVia: x\r\n\r\n',
    'PROXY_BAD_GATEWAY',
    'CONNECT pcscf.home:443: the proxy answered 503 No',
  ],
])('an answer to CONNECT that opens no tunnel: %j', (reply, code, message) => {
  expect(refusedTunnel(reply, 'pcscf.home:443')).toMatchObject({ code, message });
});

it('an answer that opens one, and none, are no refusal', () => {
  expect(refusedTunnel('HTTP/1.1 200 OK\r\n\r\n', 'pcscf.home:443')).toBeUndefined();
  expect(refusedTunnel('', 'pcscf.home:443')).toBeUndefined();
});
