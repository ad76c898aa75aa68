import { FakeChannel } from '../testing/fake-channel';
import { rfcTimers } from '../timers';
import { ChannelSocket } from './channel-socket';

const notify =
  'NOTIFY sip:a@b SIP/2.0\r\nVia: SIP/2.0/TLS 1.2.3.4:1;branch=z9hG4bK1\r\nCSeq: 1 NOTIFY\r\nContent-Length: 0\r\n\r\n';

function socketOn(transport: 'udp' | 'tls') {
  const channel = new FakeChannel(transport);
  const happened: string[] = [];
  const socket = new ChannelSocket(channel, 2, rfcTimers, {
    identifier: () => undefined,
    arrived: () => undefined,
    handled: () => undefined,
    dropped: (why) => happened.push(why),
    failed: (failure) => happened.push(`${failure.code} ${failure.message}`),
  });
  socket.ondata = (text) => happened.push(text);
  socket.connect();
  return { channel, socket, happened };
}

describe('ChannelSocket', () => {
  it('gives JsSIP whole messages of a stream, without keep-alives', () => {
    const { channel, happened } = socketOn('tls');
    for (const byte of Buffer.from(`\r\n${notify}\r\n\r\n${notify}`)) channel.receive(Buffer.from([byte]));
    expect(happened).toEqual([notify, notify]);
  });

  it('gives JsSIP the awaited response once, and none that is not awaited', () => {
    const { channel, socket, happened } = socketOn('udp');
    const request = 'OPTIONS sip:b SIP/2.0\r\nVia: SIP/2.0/WS x;branch=z9hG4bK7\r\nCSeq: 1 OPTIONS\r\n\r\n';
    expect(socket.send(request)).toBe(true);
    const via = /^Via: .*$/m.exec(channel.sent[0]?.toString() ?? '')?.[0];
    const response = `SIP/2.0 200 OK\r\n${via}\r\nCSeq: 1 OPTIONS\r\n\r\n`;
    channel.receive(response.replace('z9hG4bK7', 'z9hG4bK8'));
    channel.receive(response.replace(/;rport.*/, ''));
    channel.receive(response);
    // With the branch that JsSIP gave it.
    expect(happened).toEqual([expect.stringMatching(/;branch=z9hG4bK7\r\nCSeq: 1 OPTIONS\r\n\r\n$/)]);
    socket.disconnect();
    expect(socket.send(request)).toBe(false);
  });

  it('fails on a stream that it cannot read', () => {
    const { channel, happened } = socketOn('tls');
    channel.receive('HTTP/1.1 400 Bad Request\r\n\r\n');
    expect(happened).toEqual([
      'INTERNAL the SIP stream cannot be read: a message does not begin as SIP does',
    ]);
  });

  it('pings with two CRLF and takes one for the pong (RFC 5626 4.4.1)', async () => {
    const { channel, socket } = socketOn('tls');
    const pong = socket.ping(10_000);
    expect(channel.sent).toEqual([Buffer.from('\r\n\r\n')]);
    channel.receive('\r\n');
    expect(await pong).toBe(true);
    expect(await socket.ping(10)).toBe(false);
    // The missing pong of one ping is not waited for by the next.
    const next = socket.ping(10_000);
    channel.receive('\r\n');
    expect(await next).toBe(true);
  });
});
