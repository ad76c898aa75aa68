import fc from 'fast-check';
import { stun } from '../evidence/testing/builders';
import { StreamContent } from './stream-content';
import { StunNames } from './stun-message';

/** Reads bytes that come in these pieces, one packet each; returns each message with the packets that it took. */
function read(...pieces: (string | Buffer)[]): string[] {
  const content = new StreamContent(new StunNames());
  return pieces
    .flatMap((piece, index) => {
      const bytes = Buffer.from(piece as string, 'latin1');
      return content.read({ bytes, at: index, frame: index, lastFrame: index, wire: bytes });
    })
    .map(({ message: { protocol, label, within = [] }, frame, lastFrame }) =>
      [`${frame}-${lastFrame}`, protocol, ...within, label].join(' '),
    );
}

const sip = (method: string, body = ''): string =>
  `${method} sip:a SIP/2.0\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const send =
  'MSRP a1b2c3 SEND\r\nTo-Path: msrp://a\r\nContent-Type: text/plain\r\n\r\nhello\r\n-------a1b2c3$\r\n';
const ok = 'MSRP a1b2c3 200 OK\r\nTo-Path: msrp://b\r\n-------a1b2c3$\r\n';
const transaction = '00'.repeat(12);

test('SIP by its length, and keep-alives between messages', () => {
  expect(read(sip('INVITE', 'v=0') + sip('ACK'), '\r\n\r\n', '\r\n')).toEqual([
    '0-0 sip INVITE',
    '0-0 sip ACK',
    '1-1 sip CRLF',
    '1-1 sip CRLF',
    '2-2 sip CRLF',
  ]);
});

test('a message in several pieces is where it begins', () => {
  const [one, two] = [sip('MESSAGE', 'abc'), sip('BYE')];
  expect(
    read(one.slice(0, 1), one.slice(1, 3), one.slice(3, 20), one.slice(20) + two.slice(0, 4), two.slice(4)),
  ).toEqual(['0-3 sip MESSAGE', '3-4 sip BYE']);
});

test('MSRP, also when its first bytes do not tell it from SIP', () => {
  expect(read(send, ok)).toEqual(['0-0 msrp SEND', '1-1 msrp 200 OK']);
  expect(read('M', `${send.slice(1)}${ok}`)).toEqual(['0-1 msrp SEND', '1-1 msrp 200 OK']);
});

test('TURN, and what a connection carries once it is bound to that of a peer', () => {
  const bind = stun(0x000b, transaction);
  expect(read(stun(3, transaction), Buffer.concat([bind, Buffer.from(send)]), ok)).toEqual([
    '0-0 turn Allocate request',
    '1-1 turn ConnectionBind request',
    '1-1 msrp turn SEND',
    '2-2 msrp turn 200 OK',
  ]);
});

test('data of a channel by what is in it', () => {
  const rtp = Buffer.concat([Buffer.from([0x80, 8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]), Buffer.alloc(4)]);
  const channel = (data: Buffer): Buffer => Buffer.concat([Buffer.from([0x40, 0, 0, data.length]), data]);
  expect(read(Buffer.concat([stun(9, transaction), channel(rtp), channel(Buffer.from('what'))]))).toEqual([
    '0-0 turn ChannelBind request',
    '0-0 rtp turn RTP PCMA',
    '0-0 turn ChannelData',
  ]);
});

test('SIP in a WebSocket, masked or not (RFC 6455 5.3)', () => {
  const frame = (text: string, mask?: number): Buffer => {
    const content = Buffer.from(text).map((byte) => byte ^ (mask ?? 0));
    const head = [0x81, 126 | (mask === undefined ? 0 : 0x80), text.length >> 8, text.length & 0xff];
    return Buffer.concat([Buffer.from(head), Buffer.alloc(mask === undefined ? 0 : 4, mask), content]);
  };
  expect(
    read('GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n', frame(sip('REGISTER', 'x'.repeat(120)), 0x5a)),
  ).toEqual(['0-0 websocket GET /ws', '1-1 sip websocket REGISTER']);
  expect(
    read(
      Buffer.concat([
        Buffer.from('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
        frame(`SIP/2.0 200 OK\r\nSubject: ${'y'.repeat(120)}\r\n\r\n`),
        Buffer.from([0x89, 0]),
      ]),
    ),
  ).toEqual(['0-0 websocket 101 Switching Protocols', '0-0 sip websocket 200 OK', '0-0 websocket ping']);
});

test('what is none of them is data', () => {
  expect(read('\x7f\x00\x01 whatever', 'more')).toEqual(['0-0 other data', '1-1 other data']);
});

test('pieces of any size give the same messages', () => {
  const whole = Buffer.concat([
    stun(3, transaction),
    stun(0x000b, transaction),
    Buffer.from(send + ok + send),
  ]);
  const labels = (lines: string[]): string[] => lines.map((line) => line.replace(/^\S+ /, ''));
  fc.assert(
    fc.property(fc.array(fc.nat(whole.length), { maxLength: 12 }), (places) => {
      const cuts = [0, ...places.sort((a, b) => a - b), whole.length];
      const pieces = cuts.slice(1).map((end, index) => whole.subarray(cuts[index], end));
      expect(labels(read(...pieces))).toEqual(labels(read(whole)));
    }),
  );
});
