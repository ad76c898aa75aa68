import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { requestTunnel } from './connect';

const authority = 'pcscf.example:443';
const basic = 'Proxy-Authenticate: Basic realm="lab"\r\n';
const credentials = { username: 'ue', password: 'secret' };

/** Connects to a proxy that answers with this text, and then either stays silent or ends. */
function proxyThat(answers: string, ends = false) {
  const asked: string[] = [];
  const socket = new Duplex({
    read: () => undefined,
    write(data: Buffer, _, done) {
      asked.push(data.toString());
      this.push(Buffer.from(answers, 'latin1'));
      if (ends) this.push(null);
      done();
    },
  });
  return { socket: socket as unknown as Socket, asked };
}

describe('requestTunnel', () => {
  it('asks for the server by name, with what it has to show (RFC 7617)', async () => {
    const { socket, asked } = proxyThat('HTTP/1.1 200 OK\r\n\r\n');
    await requestTunnel(socket, 'proxy', authority, credentials);
    const authorization = `Proxy-Authorization: Basic ${Buffer.from('ue:secret').toString('base64')}`;
    expect(asked).toEqual([
      `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization}\r\n\r\n`,
    ]);
  });

  it("leaves the tunnel's first bytes in the socket", async () => {
    const { socket } = proxyThat('HTTP/1.0 200\nContent-Length: 0\n\nfirst');
    await requestTunnel(socket, 'proxy', authority, undefined);
    expect(String(socket.read())).toBe('first');
  });

  // The bytes that came decide each case, because nothing ends the connection and no timer runs.
  it.each([
    [
      'HTTP/1.1 101 Switching Protocols\r\n\r\n',
      'PROXY_PROTOCOL',
      'the proxy answered 101 Switching Protocols',
    ],
    ['HTTP/1.1 302 Found\nLocation: http://portal/\n\n', 'PROXY_PROTOCOL', 'the proxy answered 302 Found'],
    ['HTTP/1.1 403 \r\n\r\n<html>', 'PROXY_REFUSED', 'the proxy answered 403'],
    [
      'HTTP/1.1 500 Unable to connect\r\n\r\n',
      'PROXY_BAD_GATEWAY',
      'the proxy answered 500 Unable to connect',
    ],
    ['HTTP/1.1 400 Bad\r\n\r\n', 'PROXY_PROTOCOL', 'the proxy answered 400 Bad'],
    ['HTTP/1.1 503 Busy\r\n\r\n', 'PROXY_BAD_GATEWAY', 'the proxy answered 503 Busy'],
    [
      '220 smtp.example\r\n',
      'PROXY_PROTOCOL',
      'the reply is not HTTP/1.x: it begins with "220 smtp.example"',
    ],
  ])('is refused by %j', async (answer, code, text) => {
    await expect(
      requestTunnel(proxyThat(answer).socket, 'proxy', authority, undefined),
    ).rejects.toMatchObject({
      code,
      message: `CONNECT ${authority}: ${text}`,
    });
  });

  it.each([
    [basic, undefined, 'it asks for Basic, and no credentials are configured'],
    [basic, credentials, 'it asks for Basic, and the credentials are wrong'],
    [
      'Proxy-Authenticate: Negotiate\r\nProxy-Authenticate: Digest realm="a", nonce="b"\r\n',
      credentials,
      'it asks for Negotiate or Digest, this UE has Basic only',
    ],
    ['', undefined, 'it names no authentication scheme'],
  ])('says what a 407 asks for: %j', async (fields, given, text) => {
    const { socket } = proxyThat(`HTTP/1.1 407 Authenticate\r\n${fields}\r\n`);
    await expect(requestTunnel(socket, 'proxy', authority, given)).rejects.toMatchObject({
      code: 'PROXY_AUTHENTICATION',
      message: `CONNECT ${authority}: the proxy answered 407 Authenticate; ${text}`,
    });
  });

  it.each([
    ['', 'CONNECTION_LOST', `proxy: closed before it answered CONNECT ${authority}`],
    [
      'HTTP/1.1 200 OK\r\n',
      'CONNECTION_LOST',
      `proxy: closed before it answered CONNECT ${authority}: the reply breaks off after "HTTP/1.1 200 OK"`,
    ],
    ['HTTP/1.1 403 No\r\n', 'PROXY_REFUSED', `CONNECT ${authority}: the proxy answered 403 No`],
  ])('says what a proxy meant that closed after %j', async (answer, code, message) => {
    const { socket } = proxyThat(answer, true);
    await expect(requestTunnel(socket, 'proxy', authority, undefined)).rejects.toMatchObject({
      code,
      message,
    });
  });
});
