import fc from 'fast-check';
import { record, u16 } from './testing/builders';
import { connectionOf, segmentsOf, type WireChunk } from './testing/tls-talk';
import { decryptTls } from './tls-decryption';
import { TlsKeyLog } from './tls-key-log';

const random = Buffer.alloc(32, 7);

const message = (type: number, body: Buffer): Buffer =>
  record(0x16, Buffer.concat([Buffer.from([type, 0]), u16(body.length), body]));

const clientHello = message(1, Buffer.concat([u16(0x0303), random, Buffer.alloc(30)]));

/** ServerHello (RFC 5246 7.4.1.3), for TLS 1.3 with supported_versions (RFC 8446 4.2.1). */
function serverHello(suite: number, version = 0x0303): Buffer {
  const extensions = version === 0x0304 ? Buffer.from('002b00020304', 'hex') : Buffer.alloc(0);
  const fixed = [u16(Math.min(version, 0x0303)), random, Buffer.from([0]), u16(suite), Buffer.from([0])];
  return message(2, Buffer.concat([...fixed, u16(extensions.length), extensions]));
}

const change = record(0x14, Buffer.from([1]));
const logOf = (...labels: string[]): string =>
  labels.map((label) => `${label} ${random.toString('hex')} ${'ab'.repeat(48)}\n`).join('');
const everyKey = logOf(
  'CLIENT_RANDOM',
  'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
  'SERVER_HANDSHAKE_TRAFFIC_SECRET',
  'CLIENT_TRAFFIC_SECRET_0',
  'SERVER_TRAFFIC_SECRET_0',
);

/** Returns why the client's data were not opened. */
function closedBecause(chunks: readonly WireChunk[], keyLog = everyKey): (string | undefined)[] {
  const { records } = decryptTls(connectionOf(segmentsOf(chunks)), new TlsKeyLog(keyLog));
  return records.flatMap(({ type, closed }) => (type === 0x17 ? [closed] : []));
}

const client = (...parts: Buffer[]): WireChunk => ({ from: 'client', bytes: Buffer.concat(parts) });
const server = (...parts: Buffer[]): WireChunk => ({ from: 'server', bytes: Buffer.concat(parts) });
const data = record(0x17, Buffer.alloc(64, 1));

test.each([
  ['no key', 0x002f, 0x0303, logOf(), 'the key log has no key of this connection'],
  ['another key', 0x002f, 0x0303, everyKey, 'it is not sealed with the key that the key log has'],
  ['another key of TLS 1.3', 0x1301, 0x0304, everyKey, 'it is not sealed with the key that the key log has'],
  ['an unknown suite', 0xc0ff, 0x0303, everyKey, '0xc0ff cannot be read here'],
  [
    'a suite that TLS 1.3 does not have',
    0x002f,
    0x0304,
    everyKey,
    'TLS_RSA_WITH_AES_128_CBC_SHA cannot be read here',
  ],
  ['an older version', 0x002f, 0x0302, everyKey, 'TLSv1.1 cannot be read here'],
])('data stay closed with %s', (_, suite, version, keyLog, why) => {
  const chunks = [client(clientHello), server(serverHello(suite, version)), client(change, data)];
  expect(closedBecause(chunks, keyLog)).toEqual([why]);
});

test('data stay closed without the beginning of the handshake, or their own end', () => {
  expect(closedBecause([client(change, data)])).toEqual([
    'the capture does not have the beginning of the handshake',
  ]);
  expect(closedBecause([client(change, data.subarray(0, 20))])).toEqual([
    'the capture does not have all of it',
  ]);
});

test('what stands in the clear is given as it is', () => {
  const { records } = decryptTls(
    connectionOf(segmentsOf([client(clientHello), server(serverHello(0x002f))])),
    new TlsKeyLog(''),
  );
  expect(records).toMatchObject([
    { from: 'client', isProtected: false, contentType: 0x16, content: clientHello.subarray(5) },
    { from: 'server', isProtected: false, contentType: 0x16, content: serverHello(0x002f).subarray(5) },
  ]);
});

test('lines of a key log that are none are skipped, and of several for one connection the first counts', () => {
  const hex = random.toString('hex');
  const log = new TlsKeyLog(
    `# no key\n\nCLIENT_RANDOM ${hex} 0A0b\r\nCLIENT_RANDOM ${hex} ff\nCLIENT_RANDOM ${hex} 0`,
  );
  expect(log.secret('CLIENT_RANDOM', random)).toEqual(Buffer.from('0a0b', 'hex'));
  expect(log.secret('CLIENT_TRAFFIC_SECRET_0', random)).toBeUndefined();
});

test('whatever is captured, each record is given once and nothing is thrown', () => {
  const suite = fc.constantFrom(
    0x0001,
    0x002f,
    0x0035,
    0x003b,
    0x009c,
    0x1301,
    0x1302,
    0x1303,
    0xc030,
    0xcca8,
  );
  const version = fc.constantFrom(0x0300, 0x0303, 0x0304);
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(fc.constantFrom(0x14, 0x15, 0x16, 0x17), fc.uint8Array({ maxLength: 120 }))
      .map(([type, bytes]) => record(type, bytes)),
    fc.constant(change),
    fc.constant(clientHello),
    fc.tuple(suite, version).map((chosen) => serverHello(...chosen)),
  );
  const chunk = fc.record({ from: fc.constantFrom('client' as const, 'server' as const), bytes: part });
  fc.assert(
    fc.property(suite, version, fc.boolean(), fc.array(chunk), (chosen, asVersion, hasHellos, chunks) => {
      const hellos = hasHellos ? [client(clientHello), server(serverHello(chosen, asVersion))] : [];
      const connection = connectionOf(segmentsOf([...hellos, ...chunks], 50));
      const { facts, records } = decryptTls(connection, new TlsKeyLog(everyKey));
      expect(records.map(({ from, offset }) => [from, offset])).toEqual(
        facts.records.map(({ from, offset }) => [from, offset]),
      );
      for (const { content, closed } of records)
        expect((content === undefined) !== (closed === undefined)).toBe(true);
    }),
  );
});
