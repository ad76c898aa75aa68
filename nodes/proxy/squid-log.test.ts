import fc from 'fast-check';
import { readSquidLine } from './squid-log';

// Lines as squid 5.7 wrote them with this format.
const tunnel =
  '1795424158.879 127.0.0.1:60096 TCP_TUNNEL/200 CONNECT 127.0.0.1:443 127.0.0.1:443 57654 - 39 -/-';
const denied =
  '1795424158.886 127.0.0.1:60108 TCP_DENIED/403 CONNECT 127.0.0.1:5061 -:- - - 3408 ERR_ACCESS_DENIED/-';
const failed =
  '1795424158.897 127.0.0.1:60138 NONE_NONE/503 CONNECT 127.0.0.8:443 127.0.0.8:443 0 - 0 ERR_CONNECT_FAIL/errno=111';
const bumped =
  '1795424222.499 127.0.0.1:37468 NONE_NONE/200 CONNECT 127.0.0.1:443 127.0.0.1:443 54484 bump 0 ' +
  'ERR_SECURE_ACCEPT_FAIL/SQUID_TLS_ERR_ACCEPT+TLS_LIB_ERR=A000418+TLS_IO_ERR=1';
const gone =
  '1795424154.179 127.0.0.1:60074 NONE_NONE/000 - error:transaction-end-before-headers -:- - - 0 ' +
  'ERR_CLIENT_GONE/WITH_CLIENT';

test('a tunnel: whose it was, where it led, by which port of the proxy', () => {
  expect(readSquidLine(tunnel)).toEqual({
    at: 1795424158879,
    client: { ip: '127.0.0.1', port: 60096 },
    isDenied: false,
    httpStatus: 200,
    method: 'CONNECT',
    target: '127.0.0.1:443',
    server: { ip: '127.0.0.1', port: 443 },
    localPort: 57654,
    bumpMode: undefined,
    error: undefined,
  });
});

test('a connection that failed has no port of the proxy', () => {
  expect(readSquidLine(failed)).toMatchObject({
    httpStatus: 503,
    server: { ip: '127.0.0.8', port: 443 },
    localPort: undefined,
    error: 'ERR_CONNECT_FAIL/errno=111',
  });
});

test('a client that said nothing has no method', () => {
  expect(readSquidLine(gone)).toMatchObject({
    method: undefined,
    target: 'error:transaction-end-before-headers',
    server: undefined,
    httpStatus: 0,
  });
});

test('only what squid denied by its rules is denied', () => {
  expect(readSquidLine(denied)).toMatchObject({ isDenied: true, httpStatus: 403, localPort: undefined });
  expect(readSquidLine(denied.replace('403', '407'))).toMatchObject({ isDenied: true, httpStatus: 407 });
  expect(readSquidLine(denied.replace('TCP_DENIED', 'TCP_MISS'))).toMatchObject({ isDenied: false });
  expect(readSquidLine(failed)).toMatchObject({ isDenied: false });
});

test('a tunnel that squid looked into has the mode and how its TLS ended', () => {
  expect(readSquidLine(bumped)).toMatchObject({
    bumpMode: 'bump',
    error: 'ERR_SECURE_ACCEPT_FAIL/SQUID_TLS_ERR_ACCEPT+TLS_LIB_ERR=A000418+TLS_IO_ERR=1',
  });
});

test('a target with blanks in it does not move the fields behind it', () => {
  expect(readSquidLine(tunnel.replace('CONNECT 127.0.0.1:443', 'CONNECT a b c'))).toMatchObject({
    target: 'a b c',
    localPort: 57654,
  });
});

test.each(['squid: out of files', '', failed.slice(0, 80)])('%j is no line of the log', (line) => {
  expect(readSquidLine(line)).toBeUndefined();
});

test('garbage never throws and never becomes an entry without a client', () => {
  const word = fc.constantFrom(...tunnel.split(' '), ...denied.split(' '), '-', '', '1.2.3.4:99999', 'x');
  fc.assert(
    fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 14 }), (words) => {
      const entry = readSquidLine(words.join(' '));
      if (entry) expect(entry.client.port).toBeGreaterThan(0);
    }),
  );
});
