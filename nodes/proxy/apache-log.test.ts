import fc from 'fast-check';
import { readApacheLine } from './apache-log';

// Lines as Apache 2.4 wrote them with this format.
const tunnel =
  '1795901618136 10.89.8.2:32773 200 60006 CONNECT pcscf.ims.mnc001.mcc001.3gppnetwork.org:443 HTTP/1.1';
const denied = '1795901716663 10.89.1.2:32773 403 - CONNECT turn.example:443 HTTP/1.1';

test('a tunnel: whose it was, what it asked for, by which port of the proxy', () => {
  expect(readApacheLine(tunnel)).toEqual({
    at: 1795901618136,
    client: { ip: '10.89.8.2', port: 32773 },
    isDenied: false,
    httpStatus: 200,
    method: 'CONNECT',
    target: 'pcscf.ims.mnc001.mcc001.3gppnetwork.org:443',
    server: undefined,
    localPort: 60006,
    bumpMode: undefined,
    error: undefined,
  });
});

test.each([403, 407])('%i is its own word, because it connected to nobody', (status) => {
  expect(readApacheLine(denied.replace('403', `${status}`))).toMatchObject({
    isDenied: true,
    httpStatus: status,
    target: 'turn.example:443',
    localPort: undefined,
  });
});

test('what it could not connect to is not denied', () => {
  expect(readApacheLine(denied.replace('403', '503'))).toMatchObject({ isDenied: false, httpStatus: 503 });
});

test('what is no request has no method', () => {
  expect(readApacheLine('1795901716663 10.89.1.2:32773 408 - -')).toMatchObject({
    method: undefined,
    target: '-',
  });
});

test.each(['', 'AH00558: apache2', tunnel.slice(0, 30), tunnel.replace('32773', '99999')])(
  '%j is no line of the log',
  (line) => {
    expect(readApacheLine(line)).toBeUndefined();
  },
);

test('garbage never throws and never becomes an entry without a client', () => {
  const word = fc.constantFrom(...tunnel.split(' '), ...denied.split(' '), '-', '', '1.2.3.4:99999', 'x');
  fc.assert(
    fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 9 }), (words) => {
      const entry = readApacheLine(words.join(' '));
      if (entry) expect(entry.client.port).toBeGreaterThan(0);
    }),
  );
});
