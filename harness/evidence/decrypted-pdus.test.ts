import { readFileSync } from 'node:fs';
import { createSecureContext, type ConnectionOptions } from 'node:tls';
import { seal } from '../../nodes/ipsec/esp-packet';
import { espKeysIn, espSaLines } from '../../nodes/ipsec/esp-sa';
import { protocols } from '../../nodes/ipsec/ip-packet';
import { saKeys } from '../../nodes/ipsec/sa-keys';
import { combinations, setBetween } from '../../nodes/ipsec/testing/sets';
import { issue, makeCa } from '../../nodes/ue/testing/certificates';
import { TestFolder } from '../../nodes/ue/testing/folder';
import { decryptedPdus } from './decrypted-pdus';
import { ipv4, pcap, recordAt, sipRegister, stun, udp } from './testing/builders';
import { captureOf, clientEnd, segmentsOf, serverEnd, talkTls, type Exchange } from './testing/tls-talk';
import { linkTypes } from './pcap';
import { TlsKeyLog } from './tls-key-log';

const folder = new TestFolder();
afterAll(() => folder[Symbol.dispose]());
const own = issue(folder, makeCa(folder, 'own'), 'pcscf.example');
const context = createSecureContext({
  cert: own.certificate,
  key: readFileSync(own.keyFile),
  ciphers: 'ALL:NULL:@SECLEVEL=0',
});
const suite = (ciphers: string): ConnectionOptions => ({
  ciphers: `${ciphers}:@SECLEVEL=0`,
  maxVersion: 'TLSv1.2',
});

const register = sipRegister();
const ok = 'SIP/2.0 200 OK\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n';
const text = (bytes: Buffer): string => bytes.toString('latin1');
const allocate = text(stun(0x0003, 'aa'.repeat(12)));
const allocated = text(stun(0x0103, 'aa'.repeat(12)));
const bind = text(stun(0x000b, 'bb'.repeat(12)));
const bound = text(stun(0x010b, 'bb'.repeat(12)));
const channelData = text(Buffer.from('40000004abcdefab', 'hex'));
const send = (body: string): string =>
  `MSRP a1b2c3d4 SEND\r\nTo-Path: msrps://b;tcp\r\nFrom-Path: msrps://a;tcp\r\nContent-Type: text/plain\r\n\r\n${body}\r\n-------a1b2c3d4$\r\n`;
const sent =
  'MSRP a1b2c3d4 200 OK\r\nTo-Path: msrps://a;tcp\r\nFrom-Path: msrps://b;tcp\r\n-------a1b2c3d4$\r\n';

interface Read {
  readonly frame: number;
  readonly dissector: string;
  readonly from: 'client' | 'server';
  readonly text: string;
  readonly length: number;
  /** True if the frame is the last one that its side sent. */
  readonly isLast: boolean;
}

/** Reads what a conversation's capture says. */
async function read(
  exchanges: readonly Exchange[],
  { ciphers = 'AES128-SHA', size = 1400, connect = false, withKeys = true } = {},
): Promise<Read[]> {
  const { chunks, keyLog } = await talkTls(context, suite(ciphers), exchanges);
  const tunnel = [
    { from: 'client' as const, bytes: Buffer.from('CONNECT pcscf.example:443 HTTP/1.1\r\n\r\n') },
    { from: 'server' as const, bytes: Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n') },
  ];
  const segments = segmentsOf([...(connect ? tunnel : []), ...chunks], size);
  const capture = captureOf(segments);
  const sourceOf = (segment: Buffer | undefined): number | undefined => segment?.readUInt16BE(20);
  const found = await decryptedPdus(
    (async function* () {
      yield await Promise.resolve(capture);
    })(),
    new TlsKeyLog(withKeys ? keyLog : ''),
    new Map(),
  );
  return [...found]
    .sort(([one], [other]) => one - other)
    .flatMap(([frame, pdus]) =>
      pdus.map(({ dissector, source, destination, bytes, length }) => {
        const from = source.port === clientEnd.port ? 'client' : 'server';
        expect([source, destination]).toEqual(
          from === 'client' ? [clientEnd, serverEnd] : [serverEnd, clientEnd],
        );
        const last = segments.findLastIndex((segment) => sourceOf(segment) === source.port);
        const isLast = frame === last + 1;
        return {
          frame,
          isLast,
          dissector,
          from,
          text: Buffer.from(bytes).toString('latin1'),
          length,
        } as const;
      }),
    );
}

const said = (some: readonly Read[]): string[][] =>
  some.map(({ dissector, from, text }) => [dissector, from, text]);

test.each(['AES128-SHA', 'NULL-SHA'])(
  'SIP is there, each message once, in %s, and through CONNECT',
  async (ciphers) => {
    const expected = [
      ['sip.tcp', 'client', register],
      ['sip.tcp', 'server', ok],
    ];
    for (const connect of [false, true])
      expect(said(await read([[register, ok]], { ciphers, connect }))).toEqual(expected);
  },
);

test('a message in several records and many packets is one, at the packet that ends it', async () => {
  const half = Math.floor(register.length / 2);
  const some = await read(
    [
      [register.slice(0, half), '\r\n'],
      [register.slice(half), ok],
    ],
    { size: 50 },
  );
  expect(said(some)).toEqual([
    ['sip.tcp', 'client', register],
    ['sip.tcp', 'server', ok],
  ]);
  expect(some.map(({ isLast }) => isLast)).toEqual([true, true]);
});

test('keep-alives are left out', async () => {
  expect(said(await read([['\r\n\r\n', '\r\n']]))).toEqual([]);
});

test('TURN is there without its media', async () => {
  expect(
    said(
      await read([
        [allocate, allocated],
        [channelData, channelData],
      ]),
    ),
  ).toEqual([
    ['stun-tcp', 'client', allocate],
    ['stun-tcp', 'server', allocated],
  ]);
});

test('a connection that is bound to a peer has MSRP in it (RFC 6062 4.3)', async () => {
  const some = await read([
    [bind, bound],
    [send('hello'), sent],
  ]);
  expect(said(some)).toEqual([
    ['stun-tcp', 'client', bind],
    ['stun-tcp', 'server', bound],
    ['msrp', 'client', send('hello')],
    ['msrp', 'server', sent],
  ]);
  // What comes in one record with the message that binds is of the peer already.
  expect(said(await read([[bind, bound + send('hello')]]))).toEqual([
    ['stun-tcp', 'client', bind],
    ['stun-tcp', 'server', bound],
    ['msrp', 'server', send('hello')],
  ]);
});

test('of a file only the beginning is kept, and its length', async () => {
  const long = send('x'.repeat(9000));
  const [first] = await read([[long, sent]]);
  expect(first).toMatchObject({ dissector: 'msrp', text: long.slice(0, 4096), length: long.length });
});

test('what is none of these protocols ends the reading of its direction', async () => {
  expect(
    said(
      await read([
        ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', ok],
        [register, ok],
      ]),
    ),
  ).toEqual([
    ['sip.tcp', 'server', ok],
    ['sip.tcp', 'server', ok],
  ]);
});

test('without the keys there is nothing', async () => {
  expect(await read([[register, ok]], { withKeys: false })).toEqual([]);
});

describe('ESP', () => {
  const [ue, pcscf] = ['10.89.0.2', '198.19.0.10'] as const;

  /** Reads a capture of packets that a set of security associations has sealed. */
  async function readEsp(packets: readonly Buffer[], keys: string): ReturnType<typeof decryptedPdus> {
    const records = packets.map((bytes) => recordAt(0, bytes));
    async function* chunks(): AsyncGenerator<Buffer> {
      yield await Promise.resolve(pcap(records, { linkType: linkTypes.raw }));
    }
    return decryptedPdus(chunks(), new TlsKeyLog(''), espKeysIn(keys));
  }

  test.each(combinations)(
    'SIP is there, and nothing else: $mode, $integrity, $encryption',
    async (described) => {
      const set = setBetween(ue, pcscf, 0, described);
      const source = { ip: ue, port: set.self.clientPort };
      const destination = { ip: pcscf, port: set.other.serverPort };
      const sealed = (datagram: Buffer, sequence: number): Buffer => {
        const isTunnel = set.mode === 'UDP-enc-tun';
        const content = isTunnel
          ? { payload: datagram, nextHeader: protocols.ipInIp }
          : { payload: datagram.subarray(20), nextHeader: protocols.udp };
        const esp = seal(saKeys(set), set.other.serverSpi, sequence, content);
        return isTunnel
          ? udp({ ip: ue, port: 4500 }, { ip: pcscf, port: 4500 }, esp)
          : ipv4(protocols.esp, ue, pcscf, esp);
      };
      const one = sealed(udp(source, destination, register), 1);
      const keepAlive = sealed(udp(source, destination, '\r\n\r\n'), 2);
      const message = { dissector: 'sip', transport: 'udp', source, destination };
      const whole = { ...message, bytes: Buffer.from(register), length: register.length };
      const keys = espSaLines(set).join('\n');
      // Of a packet in fragments the last one brings the message.
      const [number, body] = [one[9]!, one.subarray(20)];
      const cut = [
        ipv4(number, ue, pcscf, body.subarray(0, 160), 0x2000),
        ipv4(number, ue, pcscf, body.subarray(160), 160 / 8),
      ];
      expect([...(await readEsp([keepAlive, one, ...cut], keys))]).toEqual([
        [2, [whole]],
        [4, [whole]],
      ]);
      expect((await readEsp([one], '')).size).toBe(0);
    },
  );
});
