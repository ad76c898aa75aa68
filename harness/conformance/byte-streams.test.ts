import fc from 'fast-check';
import { StunMessage } from '../../nodes/ue/stun/message';
import { StreamReader, type StreamField } from './byte-streams';
import type { Row } from './tshark';

const ue = '10.89.0.2';
const server = '198.19.0.30';
const isNear = (ip: string): boolean => ip === ue;

let frame = 0;
/** The number of the next byte of each end. */
const next: Record<string, number> = {};

/** A packet of the connection as tshark shows it. */
function row(from: string, bytes: Buffer | string, protocols = 'eth:ip:tcp:tls:data'): Row<StreamField> {
  frame += 1;
  const seq = (next[from] ??= 1);
  next[from] = seq + Buffer.byteLength(bytes);
  const values: Partial<Record<StreamField, string>> = {
    'frame.number': String(frame),
    'frame.time_epoch': String(1_800_000_000 + frame / 1000),
    'frame.protocols': protocols,
    'ip.src': from,
    'ip.dst': from === ue ? server : ue,
    'tcp.srcport': '1',
    'tcp.dstport': '2',
    'tcp.stream': '7',
    'tcp.seq': String(seq),
    'tcp.payload': Buffer.from(bytes).toString('hex'),
    // What tshark takes for something else is no data to it.
    ...(protocols.endsWith(':data') ? { 'data.data': Buffer.from(bytes).toString('hex') } : {}),
  };
  return (field) => [values[field] ?? []].flat();
}

function read(...rows: Row<StreamField>[]): StreamReader {
  const reader = new StreamReader({ capture: 'captures/0-ue-side.pcap', side: 'ue', isNear });
  for (const each of rows) reader.add(each);
  return reader;
}

const send = 'MSRP a1b2c3 SEND\r\nTo-Path: msrp://b\r\nFrom-Path: msrp://a\r\n-------a1b2c3$\r\n';
const ok = 'MSRP a1b2c3 200 OK\r\nTo-Path: msrp://a\r\nFrom-Path: msrp://b\r\n-------a1b2c3$\r\n';

it('reads TURN, and MSRP on the connection once it is bound, in pieces of any size', () => {
  const request = new StunMessage('CONNECTION_BIND', 'request');
  const success = new StunMessage('CONNECTION_BIND', 'success', request.transaction);
  const answer = Buffer.concat([success.bytes, Buffer.from(ok)]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: answer.length - 1 }), (cut) => {
      const { stun, msrp, pings } = read(
        row(ue, request.bytes),
        row(server, answer.subarray(0, cut)),
        row(ue, send),
        row(server, answer.subarray(cut)),
      );
      expect(stun.map(({ transport, isFromUe, message }) => [transport, isFromUe, message.kind])).toEqual([
        ['tls', true, 'request'],
        ['tls', false, 'success'],
      ]);
      expect(
        msrp
          .map(({ isFromUe, chunk }) => [isFromUe, chunk.kind === 'request' ? chunk.method : chunk.status])
          .sort(),
      ).toEqual([
        [false, 200],
        [true, 'SEND'],
      ]);
      expect(pings).toEqual([]);
    }),
  );
});

it('reads MSRP from host to host', () => {
  const { msrp } = read(row(ue, send, 'eth:ip:tcp:data'), row(server, ok, 'eth:ip:tcp:data'));
  expect(msrp.map(({ chunk }) => chunk.transaction)).toEqual(['a1b2c3', 'a1b2c3']);
});

it('reads MSRP whose segments were lost and sent again, and nothing of a connection that lacks bytes', () => {
  const plain = 'eth:ip:tcp:data';
  const cut = (from: number, to?: number) => row(ue, send.slice(from, to), plain);
  const [first, second, third] = [cut(0, 20), cut(20, 40), cut(40)];
  const again = read(first, third, third, first, second, row(server, ok, plain), second);
  expect(again.msrp.map(({ chunk }) => chunk.transaction)).toEqual(['a1b2c3', 'a1b2c3']);
  expect(read(first, third, row(server, ok, plain)).msrp).toEqual([]);
});

it('times the pong of each ping; CRLF of the server is none of its own', () => {
  const { pings } = read(
    row(server, '\r\n'),
    row(ue, '\r\n\r\n'),
    row(server, '\r\n'),
    row(server, '\r\n'),
    row(ue, '\r\n\r\n'),
    row(server, 'SIP/2.0 200 OK\r\n\r\n'),
    row(ue, '\r\n\r\n'),
  );
  const found = pings.map(({ by, pongAfter, hasArrived }) => [
    by,
    pongAfter && Math.round(pongAfter),
    hasArrived,
  ]);
  expect(found).toEqual([
    ['crlf', 1, true],
    ['crlf', undefined, true],
    ['crlf', undefined, false],
  ]);
});

it('outside TLS it does not matter what tshark takes the bytes for', () => {
  const plain = (from: string, bytes: string, protocols = 'eth:ip:tcp:data'): Row<StreamField> =>
    row(from, bytes, protocols);
  const [first, second] = [send, send.replaceAll('a1b2c3', 'd4e5f6')];
  const seen = read(
    plain(ue, first),
    plain(ue, second.slice(0, 20), 'eth:ip:tcp'),
    plain(ue, second.slice(20), 'eth:ip:tcp:x'),
  );
  expect(seen.msrp.map(({ chunk }) => chunk.kind)).toEqual(['request', 'request']);
});

it('a connection is one in TLS from the packet on in which tshark sees that, and only what it decrypts is read', () => {
  const hello = '\x16\x03\x01';
  const seen = read(row(ue, hello, 'eth:ip:tcp'), row(ue, hello, 'eth:ip:tcp:tls'), row(ue, send));
  expect(seen.msrp.map(({ chunk }) => chunk.kind)).toEqual(['request']);
});

it('never throws, whatever a connection carries', () => {
  const begun = fc.constantFrom(send, ok, '\0\x0b\0\0', '\r\n\r\n');
  const piece = fc.oneof(begun.map(Buffer.from), fc.uint8Array().map(Buffer.from));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), piece)), (pieces) => {
      const { stun } = read(...pieces.map(([isFromUe, bytes]) => row(isFromUe ? ue : server, bytes)));
      expect(Array.isArray(stun)).toBe(true);
    }),
  );
});
