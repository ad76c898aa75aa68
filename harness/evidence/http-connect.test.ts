import fc from 'fast-check';
import { readConnects } from './http-connect';

const connect = 'CONNECT pcscf.example:443 HTTP/1.1\r\nHost: pcscf.example:443\r\n\r\n';
const established = 'HTTP/1.1 200 Connection established\r\n\r\n';
const read = (client: string, server: string): ReturnType<typeof readConnects> =>
  readConnects(Buffer.from(client, 'latin1'), Buffer.from(server, 'latin1'));

test('the tunnel begins behind the CONNECT and its 200', () => {
  expect(read(`${connect}\x16\x03`, `${established}\x16\x03`)).toEqual({
    exchanges: [{ target: 'pcscf.example:443', status: 200 }],
    heads: [{ request: { begin: 0, end: connect.length }, answer: { begin: 0, end: established.length } }],
    clientOffset: connect.length,
    serverOffset: established.length,
  });
});

test('after a 407 with a body the client may ask again on the same connection', () => {
  const challenge = 'HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 5\r\n\r\nnope\n';
  const { exchanges, heads } = read(connect + connect, challenge + established);
  expect(exchanges).toEqual([
    { target: 'pcscf.example:443', status: 407 },
    { target: 'pcscf.example:443', status: 200 },
  ]);
  expect(heads[1]).toEqual({
    request: { begin: connect.length, end: 2 * connect.length },
    answer: { begin: challenge.length, end: challenge.length + established.length },
  });
});

test('a 200 has no body, whatever Content-Length says (RFC 9110 9.3.6)', () => {
  const odd = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n';
  expect(read(connect, `${odd}\x16`).serverOffset).toBe(odd.length);
});

test('a CONNECT that was not answered is one all the same', () => {
  expect(read(connect, '')).toMatchObject({ exchanges: [{ target: 'pcscf.example:443' }], serverOffset: 0 });
});

test('without a CONNECT everything is payload', () => {
  const none = { exchanges: [], heads: [], clientOffset: 0, serverOffset: 0 };
  expect(read('GET / HTTP/1.1\r\n\r\n', established)).toEqual(none);
  expect(read(connect.slice(0, -1), '')).toEqual(none);
  expect(read('', '')).toEqual(none);
});

test('garbage never throws', () => {
  const part = fc.constantFrom(
    connect,
    established,
    'HTTP/1.1 407 x\r\nContent-Length: 999999999\r\n\r\n',
    'x',
    '\r\n\r\n',
  );
  const bytes = fc.array(part).map((parts) => parts.join(''));
  fc.assert(
    fc.property(bytes, bytes, (client, server) => {
      const { clientOffset } = read(client, server);
      expect(clientOffset).toBeLessThanOrEqual(client.length);
    }),
  );
});
