import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { LocalPorts } from '../dialler/local-ports';
import { readRtp } from '../media/rtp-packet';
import { SrtpReceiver } from '../media/srtp';
import { ForeignPhone } from '../testing/foreign-phone';
import { TestIms } from '../testing/ims';
import { rfcTimers } from '../timers';
import { OtherEnd } from './other-end';

/** The peer, which is called by a foreign phone that has neither ICE nor rtcp-mux. */

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
  // The phone uses a connection, because in the P-CSCF one datagram may overtake another:
  // the second INVITE the first ACK.
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
  // A notification that its answer has arrived, and an answer like its own, must not be answered.
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
    ['INVITE,ACK,CANCEL,BYE,MESSAGE,OPTIONS,UPDATE,INFO,NOTIFY,PRACK'],
    ['application/sdp, text/plain, message/cpim, message/imdn+xml'],
  ]);
  const required = await ask('INVITE', ['Require: 100rel, precondition']);
  expect([statusOf(required), fieldsOf(required, 'Unsupported')]).toEqual([
    '420 Bad Extension',
    ['precondition'],
  ]);
  expect(notes[0]).toMatch(
    /a request INVITE was answered with 420: Bad Extension: Unsupported: precondition$/,
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

/** The key that the phone sends with. */
const phoneKey = Buffer.alloc(30, 7);
const crypto = (tag: number, suite: string, key: Buffer): string =>
  `a=crypto:${tag} ${suite} inline:${key.toString('base64')}`;

it.each([
  ['PCMU', 0, 'RTP/AVP', 'in the INVITE'],
  ['PCMA', 8, 'RTP/AVP', 'in the ACK'],
  ['PCMA', 8, 'RTP/SAVPF', 'in the INVITE'],
])(
  'talks to a phone that has %s (%i) in %s and says so %s, and is put on hold',
  async (codec, payloadType, profile, where) => {
    const [rtp, rtcp] = [await listening(), await listening()];
    const secure = profile === 'RTP/SAVPF';
    const own = (direction: string): string =>
      [
        ...['v=0', 'o=a 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
        ...[`m=audio ${rtp.port} ${profile} ${payloadType} 101`, 'a=rtpmap:101 telephone-event/8000'],
        ...(secure
          ? [crypto(1, 'F8_128_HMAC_SHA1_80', phoneKey), crypto(2, 'AES_CM_128_HMAC_SHA1_80', phoneKey)]
          : []),
        ...[`a=rtcp:${rtcp.port}`, `a=${direction}`, ''],
      ].join('\r\n');
    try {
      const [callId, uri, from] = [randomUUID(), ims.uriOf('peer'), `<${ims.uriOf('alice')}>;tag=a`];
      const type = 'Content-Type: application/sdp';
      const late = where === 'in the ACK';
      const media = [rtp.next(), rtcp.next()];
      const answered = await phone.ask({
        ...{ method: 'INVITE', uri, from, to: `<${uri}>`, callId },
        ...(late
          ? { more: [`Contact: ${phone.contact}`] }
          : {
              more: [`Contact: ${phone.contact}`, type],
              body: `${own('sendrecv')}m=video 9000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n`,
            }),
      });
      expect(statusOf(answered)).toBe('200 OK');
      const described = bodyOf(answered).split('\r\n').slice(5);
      const key = described.find((line) => line.startsWith('a=crypto:'));
      expect(described).toEqual([
        expect.stringMatching(
          new RegExp(`^m=audio \\d*[02468] ${profile} ${late ? '8 0' : payloadType} 101$`),
        ),
        ...['b=AS:80', 'b=RS:0', 'b=RR:2000', `a=rtpmap:${payloadType} ${codec}/8000`],
        ...(late ? ['a=rtpmap:0 PCMU/8000'] : []),
        ...['a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-15'],
        ...(secure ? [expect.stringMatching(/^a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:\S{40}$/)] : []),
        ...['a=ptime:20', 'a=maxptime:240', 'a=sendrecv', ...(late ? [] : ['m=video 0 RTP/AVP 96']), ''],
      ]);
      const [to] = fieldsOf(answered, 'To');
      const target = /<([^>]+)>/.exec(fieldsOf(answered, 'Contact')[0]!)![1]!;
      const route = `Route: ${fieldsOf(answered, 'Record-Route').reverse().join(', ')}`;
      const dialog = { uri: target, from, to: to!, callId };
      phone.send({
        ...{ ...dialog, method: 'ACK' },
        ...(late ? { more: [route, type], body: own('sendrecv') } : { more: [route] }),
      });
      const [spoken, reported] = await Promise.all(media);
      // 20 ms of 8000 samples a second, a byte each (RFC 3551 4.5.14).
      const peerKey = Buffer.from(key?.split('inline:')[1] ?? '', 'base64');
      const clear = secure ? new SrtpReceiver(peerKey).unprotectRtp(spoken!) : spoken;
      expect([readRtp(clear!)?.payloadType, readRtp(clear!)?.payload.length]).toEqual([payloadType, 160]);
      // RTCP: a sender or a receiver report (RFC 3550 6.4).
      expect([200, 201]).toContain(reported![1]);
      if (secure) expect(new SrtpReceiver(peerKey).unprotectRtcp(reported!)).toBeDefined();
      // On hold, and back: each time another description (RFC 3264 8).
      for (const [cseq, offered, expected] of [
        [2, 'sendonly', 'recvonly'],
        [3, 'sendrecv', 'sendrecv'],
      ] as const) {
        const more = [`Contact: ${phone.contact}`, type, route];
        const again = await phone.ask({ ...dialog, method: 'INVITE', cseq, more, body: own(offered) });
        expect(statusOf(again)).toBe('200 OK');
        expect(bodyOf(again)).toContain(`\r\na=${expected}\r\n`);
        expect(bodyOf(again)).toMatch(new RegExp(`^o=- \\d+ ${cseq} IN IP4 127\\.0\\.0\\.1\\r$`, 'm'));
        phone.send({ ...dialog, method: 'ACK', cseq, more: [route] });
      }
      const bye = await phone.ask({ ...dialog, method: 'BYE', cseq: 4, more: [route] });
      expect(statusOf(bye)).toBe('200 OK');
    } finally {
      for (const { socket } of [rtp, rtcp]) socket.close();
    }
  },
);
