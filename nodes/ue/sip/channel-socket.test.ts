import fc from 'fast-check';
import { FakeChannel } from '../testing/fake-channel';
import { rfcTimers } from '../timers';
import { ChannelSocket } from './channel-socket';
import { hopOf } from './digest-security';

const fields = ['From: <sip:c@b>;tag=1', 'To: <sip:a@b>', 'Call-ID: x', 'Max-Forwards: 9'];
const head = (branch: string, ...more: string[]): string =>
  [`Via: SIP/2.0/TLS 1.2.3.4:1;branch=${branch}`, ...fields, ...more, '', ''].join('\r\n');
const notify = (branch: string): string =>
  `NOTIFY sip:a@b SIP/2.0\r\n${head(branch, 'CSeq: 1 NOTIFY', 'Content-Length: 0')}`;
const answered = (request: string): string => `SIP/2.0 200 OK\r\n${request.slice(request.indexOf('Via'))}`;

function socketOn(transport: 'udp' | 'tls') {
  const channel = new FakeChannel(transport);
  const happened: string[] = [];
  const socket = new ChannelSocket(channel, () => hopOf(channel, 2), rfcTimers, {
    identifier: () => undefined,
    sent: () => undefined,
    holds: () => false,
    arrived: () => undefined,
    handled: () => undefined,
    unreadable: (failure, end) => {
      happened.push(`${failure.code} ${failure.message}`);
      end();
    },
    note: (text) => happened.push(text),
    failed: (failure) => happened.push(`${failure.code} ${failure.message}`),
  });
  socket.ondata = (text) => {
    happened.push(text);
    // JsSIP also answers at once.
    if (text.startsWith('NOTIFY')) socket.send(answered(text));
  };
  socket.connect();
  return { channel, socket, happened };
}

describe('ChannelSocket', () => {
  it('gives JsSIP whole messages of a stream, without keep-alives', () => {
    const { channel, socket, happened } = socketOn('tls');
    const [first, second] = [notify('z9hG4bK1'), notify('z9hG4bK2')];
    for (const byte of Buffer.from(`\r\n${first}\r\n\r\n${second}`)) channel.receive(Buffer.from([byte]));
    expect(happened).toEqual([first, second]);
    socket.disconnect();
  });

  it('gives JsSIP the awaited response once, and none that is not awaited', () => {
    const { channel, socket, happened } = socketOn('udp');
    const more = [...fields, 'CSeq: 1 OPTIONS', '', ''].join('\r\n');
    const request = `OPTIONS sip:b SIP/2.0\r\nVia: SIP/2.0/WS x;branch=z9hG4bK7\r\n${more}`;
    expect(socket.send(request)).toBe(true);
    const via = /^Via: .*$/m.exec(channel.sent[0]?.toString() ?? '')?.[0];
    const response = `SIP/2.0 200 OK\r\n${via}\r\n${more}`;
    channel.receive(response.replace('z9hG4bK7', 'z9hG4bK8'));
    channel.receive(response.replace(/;rport.*/, ''));
    channel.receive(response);
    // The response has the branch that JsSIP gave to the request.
    expect(happened).toEqual([
      expect.stringMatching(/;branch=z9hG4bK7\r\n(?:.+\r\n)*CSeq: 1 OPTIONS\r\n\r\n$/),
    ]);
    socket.disconnect();
    expect(socket.send(request)).toBe(false);
  });

  it('fails on a stream that it cannot read', () => {
    const { channel, happened } = socketOn('tls');
    channel.receive('HTTP/1.1 400 Bad Request\r\n\r\n');
    expect(happened).toEqual([
      'SIP_PROTOCOL the SIP stream cannot be read: a message does not begin as SIP does, but with "HTTP/1.1 400 Bad Request"',
    ]);
  });

  it('pings with two CRLF and takes one for the pong (RFC 5626 4.4.1)', async () => {
    const { channel, socket } = socketOn('tls');
    const pong = socket.ping(10_000);
    expect(channel.sent).toEqual([Buffer.from('\r\n\r\n')]);
    channel.receive('\r\n');
    expect(await pong).toBe(true);
    expect(await socket.ping(10)).toBe(false);
    // The next ping does not wait for the missing pong of this one.
    const next = socket.ping(10_000);
    channel.receive('\r\n');
    expect(await next).toBe(true);
  });

  it('answers a request whose stream goes on nobody knows where, before it gives up', () => {
    const { channel, socket, happened } = socketOn('tls');
    channel.receive(notify('z9hG4bK1').replace('Content-Length: 0\r\n', ''));
    expect(String(channel.sent)).toMatch(
      /^SIP\/2\.0 400 Missing or bad Content-Length header field\r\nVia: /,
    );
    expect(happened).toEqual([
      'a request NOTIFY was answered with 400: Missing or bad Content-Length header field',
      'SIP_PROTOCOL the SIP stream cannot be read: a message has no Content-Length',
    ]);
    socket.disconnect();
  });

  it.each([
    ['what is no SIP was dropped: "HELO"', 'HELO\r\n'],
    ['what is no SIP was dropped: "SIP/2.0 999 X"', `SIP/2.0 999 X\r\n${head('z9hG4bK1', 'CSeq: 1 NOTIFY')}`],
    [
      'a request NOTIFY was dropped: Missing Via header field',
      'NOTIFY sip:a@b SIP/2.0\r\nCSeq: 1 NOTIFY\r\n\r\n',
    ],
    [
      'a request NOTIFY was dropped: CSeq header field cannot be read: x',
      `NOTIFY sip:a@b SIP/2.0\r\n${head('z9', 'CSeq: x')}`,
    ],
    [
      'the response 200 OK to REGISTER was dropped: Body is shorter than Content-Length: it says 5 bytes and has 0',
      `SIP/2.0 200 OK\r\n${head('z9hG4bK1', 'CSeq: 1 REGISTER', 'l: 5')}`,
    ],
    [
      'the response 200 to REGISTER was dropped: 2 Via header fields',
      `SIP/2.0 200\r\n${head('z9hG4bK1', 'CSeq: 1 REGISTER', 'v: SIP/2.0/UDP b')}`,
    ],
  ])('notes what cannot be answered: %s', (note, datagram) => {
    const { channel, socket, happened } = socketOn('udp');
    channel.receive(datagram);
    expect(happened).toEqual([note]);
    expect(channel.sent).toEqual([]);
    socket.disconnect();
  });

  it('takes of a datagram what its Content-Length says (RFC 3261 18.3), and no note of keep-alives', () => {
    const { channel, socket, happened } = socketOn('udp');
    const request = `NOTIFY sip:a@b SIP/2.0\r\n${head('z9hG4bK1', 'CSeq: 1 NOTIFY', 'Content-Length: 3')}`;
    channel.receive('\r\n\r\n');
    channel.receive(`${request}\u00e4bc`);
    expect(happened).toEqual([`${request}\u00e4b`]);
    socket.disconnect();
  });

  it('neither throws nor is silent, whatever comes', () => {
    const line = fc.oneof(
      fc.constantFrom(
        ...fields,
        'CSeq: 1 NOTIFY',
        'Via: SIP/2.0/UDP a;branch=z9hG4bK9',
        'l: 0',
        'From: <tel:+1>',
        'm: *',
        ' folded',
      ),
      fc.string(),
    );
    const start = fc.oneof(
      fc.constantFrom(
        'NOTIFY sip:a@b SIP/2.0',
        'FOO tel:1 SIP/2.0',
        'NOTIFY x SIP/3.0',
        'SIP/2.0 200 OK',
        'SIP/2.0 700 X',
      ),
      fc.string(),
    );
    const text = fc
      .tuple(start, fc.array(line))
      .map(([first, lines]) => [first, ...lines, '', ''].join('\r\n'));
    const datagram = fc.oneof(
      text.map((sip) => Buffer.from(sip)),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(datagram, (bytes) => {
        const { channel, socket, happened } = socketOn('udp');
        channel.receive(bytes);
        const isStun = (bytes[0] ?? 0) < 4;
        const isKeepAlive = bytes.toString().split('\r\n\r\n', 1)[0]?.trim() === '';
        // A response that can be read and that nobody waits for is a stray.
        const isStray = bytes.toString().startsWith('SIP/2.0 200');
        if (!isStun && !isKeepAlive && !isStray)
          expect(happened.length + channel.sent.length).toBeGreaterThan(0);
        socket.disconnect();
      }),
    );
  });
});
