import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { LocalPorts } from '../dialler/local-ports';
import { readRtp } from '../media/rtp-packet';
import { ForeignPhone } from '../testing/foreign-phone';
import { TestIms } from '../testing/ims';
import { rfcTimers } from '../timers';
import { OtherEnd } from './other-end';

/** The peer, asked by somebody else's phone, which has neither ICE nor rtcp-mux. */

let ims: TestIms;
let peer: OtherEnd;
let phone: ForeignPhone;
const notes: string[] = [];

beforeAll(async () => {
  ims = await TestIms.start(['alice', 'peer']);
  const config = ims.configOf('peer');
  const access = {
    ...{ address: '127.0.0.1', ports: new LocalPorts(41_000), trustAnchor: config.trustAnchor },
    timers: rfcTimers,
  };
  peer = new OtherEnd(config, access, rfcTimers, (note) => notes.push(note));
  await peer.attend();
  // Over a connection: of datagrams one may overtake another in the P-CSCF, the second INVITE the ACK to the first.
  phone = await ForeignPhone.open(ims, 'tls');
  expect(statusOf(await phone.register('alice'))).toBe('200 OK');
});

afterAll(async () => {
  peer?.close();
  phone?.[Symbol.dispose]();
  await ims?.[Symbol.asyncDispose]();
});

const statusOf = (response: string): string => response.slice('SIP/2.0 '.length, response.indexOf('\r\n'));
const bodyOf = (message: string): string => message.slice(message.indexOf('\r\n\r\n') + 4);
const fieldsOf = (message: string, name: string): string[] =>
  [...message.matchAll(new RegExp(`^${name}: (.*)\\r$`, 'gim'))].map(([, value]) => value!);

/** Sends the peer a request outside a dialog; gives the answer. */
function ask(method: string, more: readonly string[] = [], body = ''): Promise<string> {
  const uri = ims.uriOf('peer');
  const from = `<${ims.uriOf('alice')}>;tag=${randomUUID()}`;
  return phone.ask({ method, uri, from, to: `<${uri}>`, more: [`Contact: ${phone.contact}`, ...more], body });
}

const message = (type: string, body: string): Promise<string> =>
  ask('MESSAGE', [`Content-Type: ${type}`], body);

/** The next message of the peer, taken. */
async function answerOfPeer(): Promise<string> {
  const request = await phone.next((text) => text.startsWith('MESSAGE '));
  phone.answer(request, '200 OK');
  return bodyOf(request);
}

it('sends back a text, once, and nothing else that comes as a message', async () => {
  expect(statusOf(await message('text/plain;charset=UTF-8', 'one'))).toBe('200 OK');
  expect(await answerOfPeer()).toBe('re: one');
  // What tells that its answer has arrived, and who answers as it does.
  expect(statusOf(await message('message/imdn+xml', '<imdn/>'))).toBe('200 OK');
  expect(statusOf(await message('message/cpim', 'Content-Type: message/imdn+xml\r\n\r\n<imdn/>'))).toBe(
    '200 OK',
  );
  expect(statusOf(await message('text/plain', 're: one'))).toBe('200 OK');
  expect(statusOf(await message('text/plain', 'two'))).toBe('200 OK');
  expect(await answerOfPeer()).toBe('re: two');
});

it('says what it has, and refuses what it has not, with what to do instead', async () => {
  const options = await ask('OPTIONS');
  expect([statusOf(options), fieldsOf(options, 'Allow'), fieldsOf(options, 'Accept')]).toEqual([
    '200 OK',
    ['INVITE,ACK,CANCEL,BYE,MESSAGE,OPTIONS,UPDATE,INFO,NOTIFY'],
    ['application/sdp, text/plain, message/cpim, message/imdn+xml'],
  ]);
  const required = await ask('INVITE', ['Require: 100rel, precondition']);
  expect([statusOf(required), fieldsOf(required, 'Unsupported')]).toEqual([
    '420 Bad Extension',
    ['100rel, precondition'],
  ]);
  expect(notes[0]).toMatch(
    /a request INVITE was answered with 420: Bad Extension: Unsupported: 100rel, precondition$/,
  );
  const typed = await message('application/im-iscomposing+xml', '<isComposing/>');
  expect([statusOf(typed), fieldsOf(typed, 'Accept')]).toEqual([
    '415 Unsupported Media Type',
    ['text/plain, message/cpim, message/imdn+xml'],
  ]);
});

/** A socket of the phone's, and the next datagram that comes there. */
async function listening(): Promise<{ socket: Socket; port: number; next(): Promise<Buffer> }> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const next = async (): Promise<Buffer> => ((await once(socket, 'message')) as [Buffer])[0];
  return { socket, port: socket.address().port, next };
}

it.each([
  ['PCMU', 0],
  ['PCMA', 8],
])('answers an ordinary offer of %s, talks where it says, and is put on hold', async (codec, payloadType) => {
  const [rtp, rtcp] = [await listening(), await listening()];
  const offer = (direction: string): string =>
    [
      ...['v=0', 'o=a 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
      ...[`m=audio ${rtp.port} RTP/AVP ${payloadType} 101`, 'a=rtpmap:101 telephone-event/8000'],
      ...[`a=rtcp:${rtcp.port}`, `a=${direction}`, 'm=video 9000 RTP/AVP 96', 'a=rtpmap:96 H264/90000', ''],
    ].join('\r\n');
  try {
    const [callId, uri, from] = [randomUUID(), ims.uriOf('peer'), `<${ims.uriOf('alice')}>;tag=a`];
    const more = [`Contact: ${phone.contact}`, 'Content-Type: application/sdp'];
    const media = [rtp.next(), rtcp.next()];
    const answered = await phone.ask({
      ...{ method: 'INVITE', uri, from, to: `<${uri}>`, callId, more },
      body: offer('sendrecv'),
    });
    expect(statusOf(answered)).toBe('200 OK');
    expect(bodyOf(answered).split('\r\n').slice(5)).toEqual([
      expect.stringMatching(new RegExp(`^m=audio \\d*[02468] RTP/AVP ${payloadType} 101$`)),
      ...[`a=rtpmap:${payloadType} ${codec}/8000`, 'a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-15'],
      ...['a=ptime:20', 'a=sendrecv', 'm=video 0 RTP/AVP 96', ''],
    ]);
    const [to] = fieldsOf(answered, 'To');
    const target = /<([^>]+)>/.exec(fieldsOf(answered, 'Contact')[0]!)![1]!;
    const route = `Route: ${fieldsOf(answered, 'Record-Route').reverse().join(', ')}`;
    const dialog = { uri: target, from, to: to!, callId };
    phone.send({ ...dialog, method: 'ACK', more: [route] });
    const [spoken, reported] = await Promise.all(media);
    // 20 ms of 8000 samples a second, a byte each (RFC 3551 4.5.14).
    expect([readRtp(spoken!)?.payloadType, readRtp(spoken!)?.payload.length]).toEqual([payloadType, 160]);
    // RTCP: a sender or a receiver report (RFC 3550 6.4).
    expect([200, 201]).toContain(reported![1]);
    const held = await phone.ask({
      ...{ ...dialog, method: 'INVITE', cseq: 2, more: [...more, route] },
      body: offer('sendonly'),
    });
    expect(statusOf(held)).toBe('200 OK');
    expect(bodyOf(held)).toContain('\r\na=recvonly\r\n');
    expect(bodyOf(held)).toMatch(/^o=- \d+ 2 IN IP4 127\.0\.0\.1\r$/m);
    phone.send({ ...dialog, method: 'ACK', cseq: 2, more: [route] });
    const bye = await phone.ask({ ...dialog, method: 'BYE', cseq: 3, more: [route] });
    expect(statusOf(bye)).toBe('200 OK');
  } finally {
    for (const { socket } of [rtp, rtcp]) socket.close();
  }
});
