import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createSecureContext, type ConnectionOptions } from 'node:tls';
import fc from 'fast-check';
import { issue, makeCa } from '../../nodes/ue/testing/certificates';
import { TestFolder } from '../../nodes/ue/testing/folder';
import {
  captureOf,
  connectionOf,
  segmentsOf,
  talkTls,
  type Exchange,
  type TlsTalk,
} from './testing/tls-talk';
import { decryptTls } from './tls-decryption';
import { TlsKeyLog } from './tls-key-log';

const folder = new TestFolder();
afterAll(() => folder[Symbol.dispose]());

const own = issue(folder, makeCa(folder, 'own'), 'pcscf.example');
const context = createSecureContext({
  cert: own.certificate,
  key: readFileSync(own.keyFile),
  ciphers: 'ALL:NULL:@SECLEVEL=0',
});
const upTo12 = (ciphers: string): ConnectionOptions => ({
  ciphers: `${ciphers}:@SECLEVEL=0`,
  maxVersion: 'TLSv1.2',
});
const only13 = (ciphers: string): ConnectionOptions => ({ ciphers, minVersion: 'TLSv1.3' });

const exchanges: Exchange[] = [
  ['REGISTER sip:a SIP/2.0\r\n\r\n', 'SIP/2.0 401 Unauthorized\r\n\r\n'],
  ['x'.repeat(40_000), 'SIP/2.0 200 OK\r\n\r\n'],
];

/** What each side said in the clear. */
function heard(
  talk: TlsTalk,
  { size = 1400, keyLog = talk.keyLog } = {},
): Record<'client' | 'server', string> {
  const connection = connectionOf(segmentsOf(talk.chunks, size));
  const said = { client: '', server: '' };
  for (const { from, contentType, content } of decryptTls(connection, new TlsKeyLog(keyLog)).records)
    if (contentType === 0x17 && content) said[from] += content.toString('latin1');
  return said;
}

const whole = {
  client: exchanges.map(([said]) => said).join(''),
  server: exchanges.map(([, told]) => told).join(''),
};

const suites: [name: string, options: ConnectionOptions][] = [
  ['TLS_RSA_WITH_AES_128_CBC_SHA', upTo12('AES128-SHA')],
  ['TLS_RSA_WITH_AES_256_CBC_SHA', upTo12('AES256-SHA')],
  ['TLS_RSA_WITH_AES_256_CBC_SHA256', upTo12('AES256-SHA256')],
  ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', upTo12('ECDHE-RSA-AES128-SHA')],
  ['TLS_RSA_WITH_NULL_SHA', upTo12('NULL-SHA')],
  ['TLS_RSA_WITH_NULL_SHA256', upTo12('NULL-SHA256')],
  ['TLS_RSA_WITH_AES_128_GCM_SHA256', upTo12('AES128-GCM-SHA256')],
  ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', upTo12('ECDHE-RSA-AES256-GCM-SHA384')],
  ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', upTo12('ECDHE-RSA-CHACHA20-POLY1305')],
  ['TLS_AES_128_GCM_SHA256', only13('TLS_AES_128_GCM_SHA256')],
  ['TLS_AES_256_GCM_SHA384', only13('TLS_AES_256_GCM_SHA384')],
  ['TLS_CHACHA20_POLY1305_SHA256', only13('TLS_CHACHA20_POLY1305_SHA256')],
];

describe.each(suites)('%s', (name, options) => {
  test('is read as it was said, by us and by tshark', async () => {
    const talk = await talkTls(context, options, exchanges);
    expect(talk.cipher).toBe(name);
    expect(heard(talk)).toEqual(whole);
    const file = (what: string): string => folder.file(`${name}.${what}`);
    writeFileSync(file('pcap'), captureOf(segmentsOf(talk.chunks)));
    writeFileSync(file('keys'), talk.keyLog);
    expect(tsharkHeard(file('pcap'), file('keys'))).toEqual(whole);
  });

  test('is closed without its key, and says so', async () => {
    const talk = await talkTls(context, options, exchanges);
    const other = await talkTls(context, options, []);
    expect(heard(talk, { keyLog: other.keyLog })).toEqual({ client: '', server: '' });
    const { records } = decryptTls(connectionOf(segmentsOf(talk.chunks)), new TlsKeyLog(other.keyLog));
    const closed = new Set(records.flatMap((record) => (record.isProtected ? [record.closed] : [])));
    expect([...closed]).toEqual(['the key log has no key of this connection']);
  });
});

/** What tshark reads of the capture's one connection, in each direction. */
function tsharkHeard(capture: string, keys: string): Record<'client' | 'server', string> {
  const options = ['-o', `tls.keylog_file:${keys}`, '-d', 'tls.port==443,data'];
  const fields = ['-T', 'fields', '-e', 'tcp.srcport', '-e', 'data.data', '-Y', 'data.data'];
  const said = { client: '', server: '' };
  for (const line of execFileSync('tshark', ['-r', capture, ...options, ...fields], {
    encoding: 'latin1',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).split('\n')) {
    const [port, data = ''] = line.split('\t');
    said[port === '443' ? 'server' : 'client'] += Buffer.from(data.replaceAll(/[:,]/g, ''), 'hex').toString(
      'latin1',
    );
  }
  return said;
}

test.each(suites.slice(0, 1))('a session that was resumed is read (%s)', async (_, options) => {
  const first = await talkTls(context, options, exchanges);
  const second = await talkTls(context, { ...options, session: first.session! }, exchanges);
  expect(second.resumed).toBe(true);
  expect(heard(second)).toEqual(whole);
});

/** Options of OpenSSL that Node has no names for: neither RFC 7366 nor RFC 7627. */
const asBefore = (1 << 19) | 1;

test('records whose MAC was encrypted with them are read (RFC 5246 6.2.3.2)', async () => {
  const talk = await talkTls(context, { ...upTo12('AES128-SHA'), secureOptions: asBefore }, exchanges);
  expect(heard(talk)).toEqual(whole);
});

test('a session of TLS 1.3 that was resumed is read', async () => {
  const options = only13('TLS_AES_128_GCM_SHA256');
  const first = await talkTls(context, options, exchanges);
  const second = await talkTls(context, { ...options, session: first.session! }, exchanges);
  expect(second.resumed).toBe(true);
  expect(heard(second)).toEqual(whole);
});

test('a handshake that was asked to try again is read (RFC 8446 4.1.4)', async () => {
  const curve = createSecureContext({
    cert: own.certificate,
    key: readFileSync(own.keyFile),
    ecdhCurve: 'P-256',
  });
  const talk = await talkTls(curve, { minVersion: 'TLSv1.3', ecdhCurve: 'X448:P-256' }, exchanges);
  expect(heard(talk)).toEqual(whole);
});

test('each record has the packets that it took, and the time of its first byte', async () => {
  const talk = await talkTls(context, upTo12('AES128-SHA'), [exchanges[0]!]);
  const segments = segmentsOf(talk.chunks, 10);
  const { records } = decryptTls(connectionOf(segments), new TlsKeyLog(talk.keyLog));
  const said = records.find(({ contentType, from }) => contentType === 0x17 && from === 'client')!;
  const begin = segments.findIndex((bytes) => bytes.subarray(40, 43).toString('hex') === '170303');
  expect(said.first).toBe(begin);
  expect(said.last).toBe(begin + Math.ceil((said.length + 5) / 10) - 1);
});

test('segments in any order give what was said', async () => {
  const talk = await talkTls(context, upTo12('AES128-SHA'), exchanges);
  const [syn, answer, ...data] = segmentsOf(talk.chunks);
  const order = fc.shuffledSubarray(data, { minLength: data.length });
  fc.assert(
    fc.property(order, (shuffled) => {
      const said = { client: '', server: '' };
      const connection = connectionOf([syn!, answer!, ...shuffled]);
      const { records } = decryptTls(connection, new TlsKeyLog(talk.keyLog));
      for (const { from, contentType, content } of [...records].sort((a, b) => a.offset - b.offset))
        if (contentType === 0x17 && content) said[from] += content.toString('latin1');
      expect(said).toEqual(whole);
    }),
    { numRuns: 20 },
  );
});

test.each([suites[0]!, suites[7]!, suites[10]!])(
  'a byte that was changed closes what stands from there on, and nothing before (%s)',
  async (_, options) => {
    const talk = await talkTls(context, options, exchanges);
    const segments = segmentsOf(talk.chunks);
    const data = segments.flatMap(({ length }, index) => (length > 40 ? [index] : []));
    fc.assert(
      fc.property(
        fc.constantFrom(...data),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (index, place, change) => {
          const changed = segments.map((bytes) => Buffer.from(bytes));
          const segment = changed[index]!;
          const at = 40 + (place % (segment.length - 40));
          segment[at]! ^= change;
          const said = { client: '', server: '' };
          const { records } = decryptTls(connectionOf(changed), new TlsKeyLog(talk.keyLog));
          for (const { from, isProtected, contentType, content } of records)
            if (isProtected && contentType === 0x17 && content) said[from] += content.toString('latin1');
          for (const side of ['client', 'server'] as const)
            expect(whole[side].startsWith(said[side])).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  },
);
