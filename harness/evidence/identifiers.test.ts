import fc from 'fast-check';
import { describePacket } from './describe';
import { readPacket, readPayload } from './identifiers';
import { decodeIpv4 } from './packet';
import { icmpError, ipv4, record, sipRegister, stun, tcp, udp } from './testing/builders';

const transaction = '0102030405060708090a0b0c';
const ue = { ip: '10.89.1.2', port: 32768 };
const server = { ip: '198.18.0.10', port: 443 };

describe('SIP', () => {
  test('method, top branch and Call-ID of a request', () => {
    expect(readPayload(Buffer.from(sipRegister({ branch: 'z9hG4bKx', callId: 'a@b' })))).toEqual({
      sip: [{ method: 'REGISTER', branch: 'z9hG4bKx', callId: 'a@b' }],
      stun: [],
    });
  });

  test('of several Vias the topmost counts, on lines of their own or on one', () => {
    const response = (...vias: string[]): string =>
      ['SIP/2.0 200 OK', ...vias, 'i: c1', 'CSeq: 2 REGISTER', '', ''].join('\r\n');
    const one = 'SIP/2.0/UDP a;branch=z9hG4bK1';
    const two = 'SIP/2.0/UDP b;branch=z9hG4bK2';
    for (const text of [response(`Via: ${one}`, `Via: ${two}`), response(`v: ${one}, ${two}`)]) {
      expect(readPayload(Buffer.from(text)).sip).toEqual([
        { status: 200, method: 'REGISTER', branch: 'z9hG4bK1', callId: 'c1' },
      ]);
    }
  });

  test('a topmost Via without a branch has none, whatever the next one has', () => {
    const text = 'OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a, SIP/2.0/UDP b;branch=z9hG4bK2\r\n\r\n';
    expect(readPayload(Buffer.from(text)).sip).toEqual([{ method: 'OPTIONS' }]);
  });

  test('a folded Via is read whole (RFC 3261 7.3.1)', () => {
    const text = 'OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a\r\n  ;branch = z9hG4bK7\r\nCall-ID: x\r\n\r\n';
    expect(readPayload(Buffer.from(text)).sip[0]).toMatchObject({ branch: 'z9hG4bK7', callId: 'x' });
  });

  test('a line that is cut off is not read: half a branch is another branch', () => {
    const text = 'REGISTER sip:a SIP/2.0\r\nCall-ID: x\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK77';
    expect(readPayload(Buffer.from(text)).sip).toEqual([{ method: 'REGISTER', callId: 'x' }]);
  });

  test('a body is not read for headers', () => {
    const text = 'MESSAGE sip:a SIP/2.0\r\nCall-ID: x\r\n\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKbody\r\n';
    expect(readPayload(Buffer.from(text)).sip).toEqual([{ method: 'MESSAGE', callId: 'x' }]);
  });

  test('keep-alive CRLFs in front of a message do not hide it (RFC 5626 3.5.1)', () => {
    expect(readPayload(Buffer.from(`\r\n\r\n${sipRegister()}`)).sip).toHaveLength(1);
  });

  test('text that only looks like SIP is none', () => {
    const text = 'GET /REGISTER HTTP/1.1\r\nVia: 1.1 proxy;branch=z9hG4bKx\r\nCall-ID: 1\r\n\r\n';
    expect(readPayload(Buffer.from(text))).toEqual({ sip: [], stun: [] });
  });
});

describe('STUN', () => {
  test.each([
    [0x0001, 'Binding', 'request'],
    [0x0003, 'Allocate', 'request'],
    [0x0103, 'Allocate', 'success response'],
    [0x0113, 'Allocate', 'error response'],
    [0x0016, 'Send', 'indication'],
    [0x000a, 'Connect', 'request'],
  ])('type %s is %s %s', (type, method, messageClass) => {
    expect(readPayload(stun(type, transaction)).stun).toEqual([{ method, class: messageClass, transaction }]);
  });

  test('messages one after the other in a TCP segment are all read', () => {
    const bytes = Buffer.concat([stun(3, transaction, Buffer.alloc(8)), stun(4, 'ff'.repeat(12))]);
    expect(readPayload(bytes).stun.map((message) => message.transaction)).toEqual([
      transaction,
      'ff'.repeat(12),
    ]);
  });

  test('without the magic cookie it is none', () => {
    const bytes = stun(3, transaction);
    bytes.writeUInt8(0, 4);
    expect(readPayload(bytes).stun).toEqual([]);
  });
});

describe('behind TLS record headers (a NULL suite)', () => {
  test('SIP and STUN in application data are read, with the MAC behind them', () => {
    const mac = Buffer.alloc(20, 0xaa);
    const bytes = Buffer.concat([
      record(0x17, Buffer.concat([Buffer.from(sipRegister({ branch: 'z9hG4bKn' })), mac])),
      record(0x17, Buffer.concat([stun(3, transaction), mac])),
    ]);
    const facts = readPayload(bytes);
    expect(facts.sip).toMatchObject([{ method: 'REGISTER', branch: 'z9hG4bKn' }]);
    expect(facts.stun).toMatchObject([{ method: 'Allocate', transaction }]);
  });

  test('a record that the segment cuts off is read as far as it is there', () => {
    const bytes = record(0x17, sipRegister({ branch: 'z9hG4bKn' })).subarray(0, -10);
    expect(readPayload(bytes).sip).toMatchObject([{ branch: 'z9hG4bKn' }]);
  });

  test('other record types hold no messages', () => {
    expect(readPayload(record(0x16, sipRegister()))).toEqual({ sip: [], stun: [] });
  });
});

test('an ICMP error is read for the packet that it is about', () => {
  const packet = decodeIpv4(
    icmpError('198.18.0.10', ue.ip, 3, 3, udp(ue, server, sipRegister({ callId: 'q' }))),
  );
  expect(packet && readPacket(packet).sip).toMatchObject([{ callId: 'q' }]);
});

test('garbage never throws', () => {
  const prefixes = [
    '',
    'SIP/2.0 200 OK\r\nVia:',
    'REGISTER a SIP/2.0\r\n',
    '\x17\x03\x03\x00\x08',
    '\x00\x01\x00\x00\x21\x12\xa4\x42',
  ];
  fc.assert(
    fc.property(fc.constantFrom(...prefixes), fc.uint8Array({ maxLength: 100 }), (prefix, bytes) => {
      readPayload(Buffer.concat([Buffer.from(prefix, 'latin1'), bytes]));
    }),
  );
});

describe('a packet in a few words', () => {
  test.each<[string, Buffer]>([
    ['SIP REGISTER', udp(ue, server, sipRegister())],
    ['SIP 401 REGISTER', udp(server, ue, 'SIP/2.0 401 Unauthorized\r\nCSeq: 1 REGISTER\r\n\r\n')],
    ['STUN Allocate request', udp(ue, server, stun(3, transaction))],
    [
      'STUN Allocate request, readable in a TLS record',
      tcp(ue, server, 'P.', 1, record(0x17, stun(3, transaction))),
    ],
    ['TLS ClientHello', tcp(ue, server, 'P.', 1, record(0x16, Buffer.from('0100', 'hex'), 0x0301))],
    ['TLS application data', tcp(ue, server, 'P.', 1, record(0x17, Buffer.alloc(30)))],
    [
      'HTTP CONNECT pcscf.example:443',
      tcp(ue, server, 'P.', 1, 'CONNECT pcscf.example:443 HTTP/1.1\r\nHost: a\r\n\r\n'),
    ],
    ['HTTP 403', tcp(server, ue, 'P.', 1, 'HTTP/1.1 403 Forbidden\r\n\r\n')],
    ['TCP SYN', tcp(ue, server, 'S')],
    ['TCP SYN-ACK', tcp(server, ue, 'S.')],
    ['TCP RST', tcp(server, ue, 'R.')],
    ['TCP FIN', tcp(server, ue, 'F.')],
    ['TCP ACK', tcp(server, ue, '.')],
    ['TCP data, 5 bytes', tcp(server, ue, 'P.', 1, 'hello')],
    ['UDP, 1 byte', udp(server, ue, 'h')],
    ['ESP', ipv4(50, ue.ip, server.ip, Buffer.alloc(8))],
    ['IP protocol 132', ipv4(132, ue.ip, server.ip, Buffer.alloc(8))],
    [
      'ICMP port unreachable, about SIP REGISTER',
      icmpError(server.ip, ue.ip, 3, 3, udp(ue, server, sipRegister())),
    ],
  ])('%s', (text, bytes) => {
    const packet = decodeIpv4(bytes);
    expect(packet && describePacket(packet)).toBe(text);
  });
});
