import fc from 'fast-check';
import type { TcpStream } from './tcp-streams';
import { record, u16 } from './testing/builders';
import { readTls, type TlsFacts } from './tls-records';

/** The data that one side sent, packet by packet. */
type Packet = readonly ['client' | 'server', ...(Buffer | string)[]];

function read(...packets: Packet[]): TlsFacts {
  const stream = (from: Packet[0]): TcpStream => {
    let offset = 0;
    const pieces = packets.flatMap(([sender, ...contents], order) => {
      if (sender !== from) return [];
      const bytes = Buffer.concat(contents.map((content) => Buffer.from(content as string, 'latin1')));
      offset += bytes.length;
      return [{ offset: offset - bytes.length, bytes, at: 1000 + order, order }];
    });
    return {
      pieces,
      bytes: Buffer.concat(pieces.map((piece) => piece.bytes)),
      incomplete: false,
      begun: true,
    };
  };
  return readTls({ fromClient: stream('client'), fromServer: stream('server') });
}

function message(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, 0]), u16(body.length), body]);
}

/** ServerHello (RFC 5246 7.4.1.3), for TLS 1.3 with supported_versions (RFC 8446 4.2.1). */
function serverHello(suite: number, tls13 = false, random = Buffer.alloc(32, 7)): Buffer {
  const session = Buffer.alloc(32, 9);
  const others = Buffer.from('00170000', 'hex'); // extended_master_secret
  const extensions = tls13 ? Buffer.concat([others, Buffer.from('002b00020304', 'hex')]) : others;
  const body = [u16(0x0303), random, Buffer.from([32]), session, u16(suite), Buffer.from([0])];
  return message(2, Buffer.concat([...body, u16(extensions.length), extensions]));
}

const clientHello = record(0x16, message(1, Buffer.alloc(60)), 0x0301);
const der = Buffer.from('3003020101', 'hex');
const certificate = message(11, Buffer.concat([Buffer.from([0, 0, 3 + der.length, 0, 0, der.length]), der]));
const done = message(14, Buffer.alloc(0));
const flight = record(0x16, Buffer.concat([serverHello(0x002f), certificate, done]));
const keyExchange = record(0x16, message(16, Buffer.alloc(40)));
const change = record(0x14, Buffer.from([1]));
const finished = record(0x16, Buffer.alloc(40, 0xee));
const data = record(0x17, Buffer.alloc(100, 0xdd));
const sip = 'REGISTER sip:a SIP/2.0\r\n\r\n';

const handshake: Packet[] = [
  ['client', clientHello],
  ['server', flight],
  ['client', keyExchange, change, finished],
  ['server', change, finished],
];

describe('TLS 1.2', () => {
  test('version, suite, certificate and the end of the handshake', () => {
    const facts = read(...handshake, ['client', data], ['server', data]);
    expect(facts).toMatchObject({
      version: 'TLSv1.2',
      suite: 'TLS_RSA_WITH_AES_128_CBC_SHA',
      handshakeEnded: true,
      earlyBytes: 0,
    });
    expect(facts.certificate).toEqual(der);
    expect(facts.records.map(({ from, type }) => `${from} ${type.toString(16)}`)).toEqual([
      'client 16',
      'server 16',
      'client 16',
      'client 14',
      'client 16',
      'server 14',
      'server 16',
      'client 17',
      'server 17',
    ]);
  });

  test('messages may be cut into records, and records into packets, anywhere', () => {
    const whole = Buffer.concat([serverHello(0x0002), certificate, done]);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: whole.length - 1 }),
        fc.integer({ min: 1, max: 60 }),
        (at, size) => {
          const records = Buffer.concat([
            record(0x16, whole.subarray(0, at)),
            record(0x16, whole.subarray(at)),
          ]);
          const packets: Packet[] = [];
          for (let i = 0; i < records.length; i += size)
            packets.push(['server', records.subarray(i, i + size)]);
          const facts = read(['client', clientHello], ...packets, ...handshake.slice(2), ['client', data]);
          expect(facts).toMatchObject({
            suite: 'TLS_RSA_WITH_NULL_SHA',
            handshakeEnded: true,
            earlyBytes: 0,
          });
          expect(facts.certificate).toEqual(der);
        },
      ),
    );
  });

  test("a resumed session, where the server's Finished comes first (RFC 5246 7.3)", () => {
    const hello = record(0x16, serverHello(0x002f));
    const facts = read(
      ['client', clientHello],
      ['server', hello, change, finished],
      ['client', change, finished, data],
    );
    expect(facts).toMatchObject({ handshakeEnded: true, earlyBytes: 0 });
  });

  test("in a resumed session data before the client's own Finished is early", () => {
    const hello = record(0x16, serverHello(0x002f));
    const facts = read(
      ['client', clientHello],
      ['server', hello, change, finished],
      ['client', data, change, finished],
    );
    expect(facts).toMatchObject({ handshakeEnded: true, earlyBytes: data.length });
  });

  test("False Start is early: the server's Finished is not there yet (RFC 7918)", () => {
    const [hello, answer, keys, last] = handshake as [Packet, Packet, Packet, Packet];
    expect(read(hello, answer, keys, ['client', data], last).earlyBytes).toBe(data.length);
  });

  test("data is early while the last packet of the server's Finished is missing", () => {
    const packets = handshake.slice(0, 3);
    const facts = read(
      ...packets,
      ['server', change, finished.subarray(0, 10)],
      ['client', data],
      ['server', finished.subarray(10)],
    );
    expect(facts).toMatchObject({ handshakeEnded: true, earlyBytes: data.length });
  });

  test.each<[string, Packet[], number]>([
    ['SIP instead of TLS', [['client', sip]], sip.length],
    ['SIP before the ClientHello', [['client', sip, clientHello]], sip.length + clientHello.length],
    [
      'SIP after the ClientHello',
      [
        ['client', clientHello],
        ['client', sip],
      ],
      sip.length,
    ],
    ['what only begins like a record', [['client', '\x16\x09\x01\x00\x02hi']], 7],
    ['a data record before the ClientHello', [['client', data, clientHello]], data.length],
    [
      'a data record after the ClientHello',
      [['client', clientHello, data], ...handshake.slice(1)],
      data.length,
    ],
    [
      'a data record before Finished',
      [...handshake.slice(0, 2), ['client', keyExchange, data, change, finished]],
      data.length,
    ],
  ])('%s is early', (_, packets, early) => {
    expect(read(...packets).earlyBytes).toBe(early);
  });

  test('bytes that are no TLS, but come after the handshake, are not early', () => {
    expect(read(...handshake, ['client', sip])).toMatchObject({ handshakeEnded: true, earlyBytes: 0 });
  });

  test('a handshake that the client breaks off sends nothing early', () => {
    const alert = record(0x15, Buffer.from([2, 48]));
    expect(read(['client', clientHello], ['server', flight], ['client', alert])).toMatchObject({
      version: 'TLSv1.2',
      handshakeEnded: false,
      earlyBytes: 0,
    });
  });

  test('an unknown suite is told by its number', () => {
    expect(read(['client', clientHello], ['server', record(0x16, serverHello(0xc0ff))]).suite).toBe('0xc0ff');
  });
});

describe('TLS 1.3', () => {
  const hello = record(0x16, serverHello(0x1302, true));
  const sealed = (length: number): Buffer => record(0x17, Buffer.alloc(length, 0xcc));
  /** A Finished with SHA-384 has 4 + 48 + 1 + 16 bytes (RFC 8446 4.4.4, 5.2). */
  const clientFinished = sealed(69);
  const opening: Packet[] = [
    ['client', clientHello],
    ['server', hello, change, sealed(30), sealed(800), sealed(69)],
  ];

  test('version, suite and the end of the handshake', () => {
    expect(read(...opening, ['client', change, clientFinished, data])).toMatchObject({
      version: 'TLSv1.3',
      suite: 'TLS_AES_256_GCM_SHA384',
      certificate: undefined,
      handshakeEnded: true,
      earlyBytes: 0,
    });
  });

  test('a HelloRetryRequest is not the ServerHello (RFC 8446 4.1.3)', () => {
    const retryRandom = Buffer.from(
      'CF21AD74E59A6111BE1D8C021E65B891C2A211167ABB8C5E079E09E2C8A8339C',
      'hex',
    );
    const retry = record(0x16, serverHello(0x1301, true, retryRandom));
    const facts = read(
      ['client', clientHello],
      ['server', retry, change],
      ['client', change, clientHello],
      ...opening.slice(1),
      ['client', clientFinished, data],
    );
    expect(facts).toMatchObject({ suite: 'TLS_AES_256_GCM_SHA384', handshakeEnded: true, earlyBytes: 0 });
  });

  test('0-RTT data is early', () => {
    const facts = read(['client', clientHello, change, data], ...opening.slice(1), [
      'client',
      clientFinished,
    ]);
    expect(facts).toMatchObject({ handshakeEnded: true, earlyBytes: data.length });
  });

  test('a first record too short for Finished is early', () => {
    expect(read(...opening, ['client', sealed(68)])).toMatchObject({ handshakeEnded: false, earlyBytes: 73 });
  });

  test("an alert under the handshake's keys is not", () => {
    expect(read(...opening, ['client', sealed(19)])).toMatchObject({ handshakeEnded: false, earlyBytes: 0 });
  });
});

test('behind a CONNECT the same holds', () => {
  const connect = 'CONNECT pcscf.example:443 HTTP/1.1\r\nHost: pcscf.example:443\r\n\r\n';
  const established = 'HTTP/1.1 200 Connection established\r\n\r\n';
  const opening: Packet[] = [
    ['client', connect],
    ['server', established],
  ];
  expect(read(...opening, ...handshake, ['client', data])).toMatchObject({
    connects: [{ target: 'pcscf.example:443', status: 200 }],
    suite: 'TLS_RSA_WITH_AES_128_CBC_SHA',
    handshakeEnded: true,
    earlyBytes: 0,
  });
  expect(read(...opening, ['client', sip]).earlyBytes).toBe(sip.length);
});

test('garbage never throws, and early is never more than was sent', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      clientHello,
      flight,
      change,
      finished,
      data,
      Buffer.from('CONNECT a:443 HTTP/1.1\r\n\r\n'),
    ),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  );
  const packet = fc.tuple(fc.constantFrom('client' as const, 'server' as const), piece);
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 12 }), (packets) => {
      const facts = read(...packets);
      expect(facts.earlyBytes).toBeGreaterThanOrEqual(0);
      expect(facts.earlyBytes).toBeLessThanOrEqual(facts.clientBytes);
    }),
    { numRuns: 300 },
  );
});
