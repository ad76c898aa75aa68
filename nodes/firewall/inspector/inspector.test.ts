import fc from 'fast-check';
import type { Finding } from '../../../firewalls/inspection';
import { nullSuites } from '../../../firewalls/null-suites';
import { heldBytes } from './connection';
import { Inspector } from './inspector';
import { Conversation, type Piece, type Side } from './testing/conversation';
import {
  clientHello,
  cut,
  finish,
  nullRecord,
  record,
  rst,
  serverHello,
  syn,
  type HelloOptions,
} from './testing/tls-stream';

const text = (value: string): Buffer => Buffer.from(value, 'latin1');
const headers = '\r\nVia: SIP/2.0/TLS 10.0.0.1\r\nContent-Length: 0\r\n\r\n';

/**
 * Bytes that a phone or a server may write, and the number of the byte with which they can be recognised. That
 * number is reasoned from the protocol, not measured.
 */
interface Sample {
  readonly bytes: Buffer;
  readonly knownAfter: number;
  readonly finding: Finding;
}

const until = (whole: string, end: string): Omit<Sample, 'finding'> => ({
  bytes: text(whole),
  knownAfter: whole.indexOf(end) + end.length,
});
const sip = (whole: string, end: string): Sample => ({ ...until(whole, end), finding: 'readable-sip' });
const stun = Buffer.concat([Buffer.from([0, 3, 0, 8, 0x21, 0x12, 0xa4, 0x42]), Buffer.alloc(20, 7)]);
const rtp = Buffer.concat([Buffer.from([0x40, 0x01, 0, 24, 0x80, 0x60]), Buffer.alloc(22, 3)]);

const samples: Readonly<Record<string, Sample>> = {
  REGISTER: sip(`REGISTER sip:ims.example SIP/2.0${headers}`, 'sip:'),
  'a CRLF before it': sip(`\r\nREGISTER sip:ims.example SIP/2.0${headers}`, 'sip:'),
  'blanks and a double CRLF before it': sip(`\r\n\r\n  \tINVITE sips:a@b SIP/2.0${headers}`, 'sips:'),
  'small letters': sip(`register SIP:ims.example sip/2.0${headers}`, 'SIP:'),
  'a method that nobody knows': sip(`FOO sip:a@b SIP/2.0${headers}`, 'sip:'),
  'a tel URI': sip(`MESSAGE tel:+4930123 SIP/2.0${headers}`, 'tel:'),
  'a URI of another scheme': sip(`OPTIONS urn:service:sos SIP/2.0${headers}`, 'SIP/2.0'),
  'a version that does not exist': sip(`BYE x:y SIP/3.0${headers}`, 'Via: SIP/2.0'),
  'compact headers and a folded Via': sip('X x:y Z\r\nv: SIP / 2.0\r\n /TLS a\r\nl: 0\r\n\r\n', 'SIP / 2.0'),
  'a response': sip(`SIP/2.0 200 OK${headers}`, 'SIP/2.0'),
  'a response in small letters': sip(`sip/2.0 401 Unauthorized${headers}`, 'sip/2.0'),
  STUN: { bytes: stun, knownAfter: 8, finding: 'readable-stun' },
  'STUN behind a length (RFC 4571)': {
    bytes: Buffer.concat([Buffer.from([0, 28]), stun]),
    knownAfter: 10,
    finding: 'readable-stun',
  },
  'STUN in ChannelData': {
    bytes: Buffer.concat([Buffer.from([0x40, 0, 0, 28]), stun]),
    knownAfter: 12,
    finding: 'readable-stun',
  },
  'RTP in ChannelData': { bytes: rtp, knownAfter: 5, finding: 'readable-rtp' },
  'RTP after another ChannelData': {
    bytes: Buffer.concat([Buffer.from([0x40, 0, 0, 5]), Buffer.alloc(8, 0xee), rtp]),
    knownAfter: 12 + 5,
    finding: 'readable-rtp',
  },
  MSRP: { ...until('MSRP a786hjs2 SEND\r\nTo-Path: msrp://a\r\n', 'MSRP '), finding: 'readable-msrp' },
  'MSRP after another line': { ...until('\r\nMSRP a786hjs2 200 OK\r\n', 'MSRP '), finding: 'readable-msrp' },
};

/** A NULL suite's stream up to where the application speaks. */
function opening(side: Side, hello: HelloOptions): Buffer {
  return Buffer.concat([record(22, side === 'client' ? clientHello : serverHello(hello)), finish]);
}

/** A text in records cut at these offsets, and where in the stream its byte number `at` ends. */
function inRecords(
  bytes: Buffer,
  cuts: readonly number[],
  mac: number,
  at: number,
): { stream: Buffer; end: number } {
  let [before, end] = [0, 0];
  const stream = Buffer.concat(
    cut(bytes, cuts).map((part) => {
      const start = before;
      before += part.length;
      if (at > start && at <= before)
        end = cut(bytes, cuts)
          .filter((_, index, all) => all.slice(0, index + 1).reduce((sum, one) => sum + one.length, 0) < at)
          .reduce((sum, one) => sum + one.length + 5 + mac, 5 + at - start);
      return nullRecord(part, mac);
    }),
  );
  return { stream, end };
}

const cuts = (most: number): fc.Arbitrary<number[]> => fc.array(fc.nat(600), { maxLength: most });
const firstNumbers = fc.record({
  client: fc.oneof(fc.nat(), fc.integer({ min: 2 ** 32 - 400, max: 2 ** 32 - 1 })),
  server: fc.oneof(fc.nat(), fc.integer({ min: 2 ** 32 - 400, max: 2 ** 32 - 1 })),
});
const nullSuite = fc.constantFrom(...[...nullSuites].filter(([, { tls13 }]) => !tls13));

describe('a connection with a NULL suite', () => {
  test.each(Object.entries(samples))(
    '%s is found in whatever way it is written, with the packet that completes it',
    (_, { bytes, knownAfter, finding }) => {
      const way = fc.record({
        side: fc.constantFrom('client' as const, 'server' as const),
        first: firstNumbers,
        suite: nullSuite,
        sessionId: fc.integer({ min: 0, max: 32 }),
        records: cuts(8),
        helloRecords: cuts(4),
        segments: cuts(30),
        // `order` decides the place of each segment, and `again` which segments come again, and when.
        order: fc.array(fc.nat(5), { minLength: 40, maxLength: 40 }),
        again: fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { maxLength: 6 }),
      });
      fc.assert(
        fc.property(way, ({ side, first, suite: [suite, { mac }], sessionId, ...ways }) => {
          const conversation = new Conversation(first);
          conversation.open();
          const serversHello = Buffer.concat(
            cut(serverHello({ suite, sessionId }), ways.helloRecords).map((part) => record(22, part)),
          );
          const handshake =
            side === 'server' ? Buffer.concat([serversHello, finish]) : opening('client', { suite });
          const other = side === 'client' ? 'server' : 'client';
          const heard = opening(other, { suite, sessionId });
          expect(conversation.piece({ side: other, start: 0, bytes: heard })).toBeUndefined();

          const written = inRecords(bytes, ways.records, mac, knownAfter);
          const stream = Buffer.concat([handshake, written.stream]);
          const end = handshake.length + written.end;
          let start = 0;
          const inOrder = cut(stream, ways.segments).map((part): Piece => {
            const piece = { side, start, bytes: part };
            start += part.length;
            return piece;
          });
          const sent = inOrder
            .map((piece, index) => ({ piece, place: index + (ways.order[index] ?? 0) }))
            .sort((a, b) => a.place - b.place)
            .map(({ piece }) => piece);
          for (const [which, where] of ways.again) {
            const piece = inOrder[which % inOrder.length]!;
            sent.splice(where % (sent.length + 1), 0, piece);
          }
          const has = new Set<Piece>();
          let found = false;
          for (const piece of sent) {
            const said = conversation.piece(piece);
            has.add(piece);
            const gap = inOrder.find((one) => !has.has(one));
            const contiguous = gap?.start ?? stream.length;
            if (!found && contiguous < end) expect(said).toBeUndefined();
            else if (!found) {
              expect(said).toBe(finding);
              found = true;
            }
          }
          expect(found).toBe(true);
        }),
        { numRuns: 60 },
      );
    },
  );

  test('a packet that was refused is refused again, however it is cut; what had passed may be repeated', () => {
    const conversation = nullConversation();
    const bytes = nullRecord(text(`REGISTER sip:a SIP/2.0${headers}`));
    const start = opening('client', { suite: 2 }).length;
    const say = (from: number, to: number): Finding | undefined =>
      conversation.piece({ side: 'client', start: start + from, bytes: bytes.subarray(from, to) });
    expect([say(0, 10), say(10, 40)]).toEqual([undefined, 'readable-sip']);
    expect([say(10, 40), say(0, 40), say(10, 11), say(40, 60)]).toEqual(Array(4).fill('readable-sip'));
    expect(say(0, 10)).toBeUndefined();
  });

  test('the other direction goes on, and empty segments pass', () => {
    const conversation = nullConversation();
    const start = opening('client', { suite: 2 }).length;
    conversation.piece({ side: 'client', start, bytes: nullRecord(text(`SIP/2.0 200 OK${headers}`)) });
    expect(conversation.piece({ side: 'client', start, bytes: Buffer.alloc(0) })).toBeUndefined();
    const reply = { side: 'server', start: opening('server', { suite: 2 }).length } as const;
    expect(conversation.piece({ ...reply, bytes: nullRecord(text('HTTP/1.1 200 OK')) })).toBeUndefined();
  });

  test('text that is no such protocol passes', () => {
    const conversation = nullConversation();
    const start = opening('client', { suite: 2 }).length;
    const lines =
      'GET /sip HTTP/1.1\r\nFrom: sip:a@b\r\nAccept: */*\r\n\r\nOPTIONS * HTTP/1.1\r\nX-Price: MSRP 20\r\n\r\n';
    expect(conversation.piece({ side: 'client', start, bytes: nullRecord(text(lines)) })).toBeUndefined();
  });

  test.each([
    ['MACs are cut to ten bytes (RFC 6066)', { suite: 2, extensions: [0xff01, 4] }, 10],
    ['TLS 1.3 protects integrity only (RFC 9150)', { suite: 0xc0b4 }, 33],
  ])('where %s, a word in two records is found', (_, hello, trailer) => {
    const conversation = nullConversation(hello);
    const start = opening('client', hello).length;
    const parts = ['SIP/', '2.0 200 OK'].map((part) => nullRecord(text(part), trailer));
    expect(conversation.pieces('client', start, parts)).toEqual([undefined, 'readable-sip']);
  });

  test('where text is compressed, nobody can read it, and nothing passes', () => {
    const conversation = new Conversation();
    conversation.open();
    const bytes = opening('server', { suite: 2, compression: 1 });
    expect(conversation.piece({ side: 'server', start: 0, bytes })).toBe('not-followed');
  });
});

test('what is no TLS at all is read as it is', () => {
  const conversation = new Conversation();
  conversation.open();
  const parts = [text('\r\nREGI'), text('STER s'), text('ip:a SIP/2.0')];
  expect(conversation.pieces('client', 0, parts)).toEqual([undefined, undefined, 'readable-sip']);
});

test.each([
  [
    'a stream that leaves TLS',
    [nullRecord(text('x')), text('REGISTER sip:a SIP/2.0')],
    [undefined, 'not-followed'],
  ],
  [
    'a stream that says it is TLS',
    [record(23, Buffer.alloc(30)), record(21, Buffer.from([1, 0]))],
    [undefined, undefined],
  ],
])('where a NULL suite was agreed on, %s', (_, parts, said) => {
  expect(nullConversation().pieces('client', opening('client', { suite: 2 }).length, parts)).toEqual(said);
});

describe('a connection with a suite that encrypts', () => {
  const encrypting = fc.integer({ min: 0, max: 0xffff }).filter((suite) => !nullSuites.has(suite));

  test('leaves with the packet that completes the suite in the ServerHello, and nothing before or after is refused', () => {
    const way = fc.record({
      first: firstNumbers,
      suite: encrypting,
      sessionId: fc.integer({ min: 0, max: 32 }),
      records: cuts(4),
      segments: cuts(12),
      after: fc.array(
        fc.tuple(fc.constantFrom('client' as const, 'server' as const), fc.uint8Array({ maxLength: 300 })),
      ),
    });
    fc.assert(
      fc.property(way, ({ first, suite, sessionId, records, segments, after }) => {
        const conversation = new Conversation(first);
        conversation.open();
        const client = record(22, clientHello);
        expect(conversation.piece({ side: 'client', start: 0, bytes: client })).toBeUndefined();
        // 4 + 2 + 32 + 1 bytes stand before the session id, and 2 of the suite and 1 of compression behind it.
        const known = 4 + 2 + 32 + 1 + sessionId + 2 + 1;
        const hello = cut(serverHello({ suite, sessionId }), records).map((part) => record(22, part));
        const stream = Buffer.concat(hello);
        let [headersBefore, content] = [0, 0];
        for (const one of hello)
          if (content < known) [headersBefore, content] = [headersBefore + 5, content + one.length - 5];
        const said = conversation.pieces('server', 0, cut(stream, segments));
        const ends = cut(stream, segments).map((_, index, all) =>
          all.slice(0, index + 1).reduce((sum, one) => sum + one.length, 0),
        );
        expect(said).toEqual(ends.map((end) => (end >= known + headersBefore ? 'encrypts' : undefined)));
        const place = { client: client.length, server: stream.length };
        for (const [side, bytes] of after) {
          expect(conversation.piece({ side, start: place[side], bytes: Buffer.from(bytes) })).toBe(
            'encrypts',
          );
          place[side] += bytes.length;
        }
      }),
    );
  });

  test('early data (RFC 8446 section 4.2.10) before the ServerHello passes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 40, maxLength: 400 }), (bytes) => {
        const conversation = new Conversation();
        conversation.open();
        const data = Buffer.from(bytes).map((byte) => byte | 0x80);
        const early = Buffer.concat([record(22, clientHello), record(23, Buffer.from(data))]);
        expect(conversation.piece({ side: 'client', start: 0, bytes: early })).toBeUndefined();
      }),
    );
  });
});

describe('what cannot be followed', () => {
  test('data of a connection whose beginning was not seen is refused, empty segments are not', () => {
    const conversation = new Conversation();
    expect(conversation.piece({ side: 'client', start: 0, bytes: text('x') })).toBe('not-followed');
    expect(conversation.piece({ side: 'client', start: 0, bytes: Buffer.alloc(0) })).toBeUndefined();
  });

  test('data in a SYN has to come again', () => {
    const conversation = new Conversation();
    const first = { sequence: 999, flags: syn, data: text('x') };
    expect(conversation.send('client', first)).toBe('not-followed');
    expect(conversation.send('client', { ...first, data: Buffer.alloc(0) })).toBeUndefined();
  });

  test('a SYN alone changes nothing of a connection', () => {
    const conversation = nullConversation();
    conversation.send('client', { sequence: 123456, flags: syn });
    const start = opening('client', { suite: 2 }).length;
    const said = conversation.piece({ side: 'client', start, bytes: nullRecord(text('SIP/2.0 200 OK')) });
    expect(said).toBe('readable-sip');
  });

  test('a segment that says otherwise than one before it', () => {
    const conversation = nullConversation();
    const start = opening('client', { suite: 2 }).length;
    const bytes = nullRecord(text('something harmless'));
    const other = nullRecord(text('REGISTER sip:a SIP'));
    expect(conversation.piece({ side: 'client', start, bytes })).toBeUndefined();
    expect(conversation.piece({ side: 'client', start, bytes: other })).toBe('not-followed');
    expect(conversation.piece({ side: 'client', start, bytes })).toBeUndefined();
    // The receiver has acknowledged the bytes, so another version of them does not matter any more.
    conversation.piece({ side: 'server', start: 200, bytes: Buffer.alloc(0) }, start + bytes.length);
    expect(conversation.piece({ side: 'client', start, bytes: other })).toBeUndefined();
  });

  test('more out of order than is kept waits for the gap to close', () => {
    const conversation = nullConversation();
    const start = opening('client', { suite: 2 }).length;
    const chunk = Buffer.alloc(2 ** 15, 0x61);
    const records = Array.from({ length: 40 }, () => nullRecord(chunk.subarray(0, 2 ** 14)));
    let place = start;
    const pieces = records.map((bytes): Piece => {
      const piece = { side: 'client', start: place, bytes } as const;
      place += bytes.length;
      return piece;
    });
    const said = pieces.slice(1).map((piece) => conversation.piece(piece));
    const kept = said.findIndex((one) => one !== undefined);
    expect(kept).toBe(Math.floor(heldBytes / 2 / (records[0]!.length + 64)));
    expect(new Set(said.slice(kept))).toEqual(new Set(['not-followed']));
    // When the gap closes and the receiver acknowledges, the rest finds room.
    for (const piece of pieces) {
      expect(conversation.piece(piece)).toBeUndefined();
      const acknowledged = piece.start + piece.bytes.length;
      conversation.piece({ side: 'server', start: 200, bytes: Buffer.alloc(0) }, acknowledged);
    }
  });

  test('a connection that was reset', () => {
    const conversation = nullConversation();
    const end = { sequence: 1500, flags: rst };
    expect(conversation.send('client', end)).toBeUndefined();
    const start = opening('client', { suite: 2 }).length;
    expect(conversation.piece({ side: 'client', start, bytes: text('x') })).toBe('not-followed');
  });
});

test('whatever comes, it answers', () => {
  const conversation = nullConversation();
  const piece = fc.record({
    side: fc.constantFrom('client' as const, 'server' as const),
    start: fc.integer({ min: -300, max: 3000 }),
    bytes: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  });
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.uint8Array({ maxLength: 120 })), (pieces, packets) => {
      const fresh = new Conversation();
      fresh.open();
      for (const one of pieces) for (const to of [conversation, fresh]) to.piece(one, one.start);
      const inspector = new Inspector();
      for (const bytes of packets) {
        const packet = Buffer.from(bytes);
        // Half of them look like TCP in IPv4.
        if (packet.length > 40 && packet[20]! > 127)
          [packet[0], packet[9], packet[2], packet[3]] = [0x45, 6, 0, packet.length];
        inspector.inspect(packet);
      }
    }),
    { numRuns: 300 },
  );
});

/** A conversation whose handshake is over. */
function nullConversation(hello: HelloOptions = { suite: 2 }): Conversation {
  const conversation = new Conversation();
  conversation.open();
  for (const side of ['client', 'server'] as const)
    conversation.piece({ side, start: 0, bytes: opening(side, hello) });
  return conversation;
}
