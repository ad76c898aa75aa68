import fc from 'fast-check';
import { isBumped, isRefusal, parseProxyLog, parseProxyLogLine } from './proxy-log';

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
  expect(parseProxyLogLine(tunnel)).toEqual({
    at: 1795424158879,
    client: { ip: '127.0.0.1', port: 60096 },
    squidStatus: 'TCP_TUNNEL',
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
  expect(parseProxyLogLine(failed)).toMatchObject({
    httpStatus: 503,
    server: { ip: '127.0.0.8', port: 443 },
    localPort: undefined,
    error: 'ERR_CONNECT_FAIL/errno=111',
  });
});

test('a client that said nothing has no method', () => {
  expect(parseProxyLogLine(gone)).toMatchObject({
    method: undefined,
    target: 'error:transaction-end-before-headers',
    server: undefined,
    httpStatus: 0,
  });
});

test('refusals are denials with 403 or 407, and nothing else', () => {
  const refused = (line: string): boolean | undefined => {
    const entry = parseProxyLogLine(line);
    return entry && isRefusal(entry);
  };
  expect(refused(denied)).toBe(true);
  expect(refused(denied.replace('403', '407'))).toBe(true);
  expect(refused(denied.replace('403', '200'))).toBe(false);
  expect(refused(denied.replace('TCP_DENIED', 'TCP_MISS'))).toBe(false);
  expect(refused(failed)).toBe(false);
});

test('bumped is only a CONNECT whose TLS the proxy ended itself', () => {
  const isBump = (line: string): boolean | undefined => {
    const entry = parseProxyLogLine(line);
    return entry && isBumped(entry);
  };
  expect(isBump(bumped)).toBe(true);
  expect(isBump(bumped.replace(' bump ', ' splice '))).toBe(false);
  expect(isBump(tunnel)).toBe(false);
  expect(isBump(bumped.replace('CONNECT', 'GET'))).toBe(false);
});

test('a target with blanks in it does not move the fields behind it', () => {
  expect(parseProxyLogLine(tunnel.replace('CONNECT 127.0.0.1:443', 'CONNECT a b c'))).toMatchObject({
    target: 'a b c',
    localPort: 57654,
  });
});

test('lines that do not fit are told with their number; a line still being written waits', () => {
  expect(parseProxyLog(`${tunnel}\nsquid: out of files\n\n${denied}\n${failed.slice(0, 80)}`)).toMatchObject({
    entries: [{ target: '127.0.0.1:443' }, { target: '127.0.0.1:5061' }],
    problems: [{ line: 2, text: 'squid: out of files' }],
  });
});

test('garbage never throws and never becomes an entry without a client', () => {
  const word = fc.constantFrom(...tunnel.split(' '), ...denied.split(' '), '-', '', '1.2.3.4:99999', 'x');
  fc.assert(
    fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 14 }), (words) => {
      const entry = parseProxyLogLine(words.join(' '));
      if (entry) expect(entry.client.port).toBeGreaterThan(0);
    }),
  );
});
