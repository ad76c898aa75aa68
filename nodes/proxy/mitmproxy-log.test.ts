import fc from 'fast-check';
import { readMitmproxyLine } from './mitmproxy-log';

const line = {
  at: 1795902773997,
  client: { ip: '10.89.11.2', port: 32842 },
  status: 200,
  denied: false,
  target: 'pcscf.example:443',
  server: { ip: '198.19.0.10', port: 443 },
  localPort: 38028,
  mode: 'bump',
  error: 'the client does not trust the certificate',
};

test('a CONNECT whose TLS it ended itself', () => {
  expect(readMitmproxyLine(JSON.stringify(line))).toEqual({
    at: 1795902773997,
    client: { ip: '10.89.11.2', port: 32842 },
    isDenied: false,
    httpStatus: 200,
    method: 'CONNECT',
    target: 'pcscf.example:443',
    server: { ip: '198.19.0.10', port: 443 },
    localPort: 38028,
    bumpMode: 'bump',
    error: 'the client does not trust the certificate',
  });
});

test('a CONNECT that it denied connected to nobody', () => {
  const denied = {
    ...line,
    status: 407,
    denied: true,
    server: null,
    localPort: null,
    mode: null,
    error: null,
  };
  expect(readMitmproxyLine(JSON.stringify(denied))).toMatchObject({
    isDenied: true,
    httpStatus: 407,
    server: undefined,
    localPort: undefined,
    bumpMode: undefined,
    error: undefined,
  });
});

test.each([
  ['what mitmproxy prints', 'Proxy server listening at 10.89.11.3:3128'],
  ['half a line', JSON.stringify(line).slice(0, 80)],
  ['another port than there is', JSON.stringify({ ...line, localPort: 99_999 })],
  ['no client', JSON.stringify({ ...line, client: null })],
])('%s is no line of the log', (_what, text) => {
  expect(readMitmproxyLine(text)).toBeUndefined();
});

test('garbage never throws', () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.object().map((value) => JSON.stringify({ ...line, ...value })),
  );
  fc.assert(
    fc.property(text, (garbage) => {
      const entry = readMitmproxyLine(garbage);
      if (entry) expect(entry.client.port).toBeGreaterThan(0);
    }),
  );
});
