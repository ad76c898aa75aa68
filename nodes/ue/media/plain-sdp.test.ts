import fc from 'fast-check';
import type { AttemptFailure } from '../failure';
import { codecs } from './codecs';
import { endedLines, readPlainSdp, writeEndedAnswer, writePlainAnswer, writePlainOffer } from './plain-sdp';

const end = {
  rtp: { ip: '198.19.0.9', port: 40_000 },
  ...{ sessionId: '4711', version: 3, master: Buffer.alloc(30, 0xaa) },
};
/** A key as a=crypto has it: 30 bytes. */
const inline = (byte: number): string => `inline:${Buffer.alloc(30, byte).toString('base64')}`;
/** What a description of G.711 has besides (RFC 3556; TS 26.114). */
const bandwidth = ['b=AS:80', 'b=RS:0', 'b=RR:2000'];
const packets = ['a=ptime:20', 'a=maxptime:240'];
const sha80 = 'AES_CM_128_HMAC_SHA1_80';

/** The media lines of the answer to an offer. */
function answerTo(...media: string[]): string[] {
  const head = ['v=0', 'o=x 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'];
  const offer = readPlainSdp(`${[...head, ...media].join('\r\n')}\r\n`);
  return writePlainAnswer(offer, end).trim().split('\r\n').slice(5);
}

it('answers an offer of bare PCMU, with the version that it is told', () => {
  const text =
    'v=0\r\no=x 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n';
  expect(writePlainAnswer(readPlainSdp(text), end).trim().split('\r\n')).toEqual([
    ...['v=0', 'o=- 4711 3 IN IP4 198.19.0.9', 's=-', 'c=IN IP4 198.19.0.9', 't=0 0'],
    ...['m=audio 40000 RTP/AVP 0', ...bandwidth, 'a=rtpmap:0 PCMU/8000', ...packets, 'a=sendrecv'],
  ]);
});

it('takes the codec that is preferred, with its events, and refuses every other line', () => {
  expect(
    answerTo(
      ...['m=video 7000 RTP/AVP 96', 'a=rtpmap:96 H264/90000'],
      ...['m=audio 6000 RTP/AVP 96 9 8 0 101 102', 'a=rtpmap:96 opus/48000/2', 'a=rtpmap:9 G722/8000'],
      ...['a=rtpmap:101 telephone-event/48000', 'a=rtpmap:102 telephone-event/8000', 'a=rtcp-mux'],
      ...['m=audio 8000 RTP/SAVP 0', `a=crypto:1 ${sha80} ${inline(1)}`],
    ),
  ).toEqual([
    'm=video 0 RTP/AVP 96',
    ...['m=audio 40000 RTP/AVP 8 102', ...bandwidth, 'a=rtpmap:8 PCMA/8000'],
    ...['a=rtpmap:102 telephone-event/8000', 'a=fmtp:102 0-15', ...packets, 'a=sendrecv', 'a=rtcp-mux'],
    'm=audio 0 RTP/SAVP 0',
  ]);
});

it('takes a codec by the number that the offer gives it (RFC 3551 6)', () => {
  const offered = ['m=audio 6000 RTP/AVP 96 97', 'a=rtpmap:96 speex/8000', 'a=rtpmap:97 pcma/8000/1'];
  expect(answerTo(...offered).slice(0, 5)).toEqual([
    ...['m=audio 40000 RTP/AVP 97', ...bandwidth, 'a=rtpmap:97 PCMA/8000'],
  ]);
});

it('answers feedback (RFC 4585) with the same profile', () => {
  const feedback = ['a=rtcp-fb:* nack', 'a=rtcp-fb:8 trr-int 100'];
  expect(answerTo('m=audio 6000 RTP/AVPF 8', ...feedback)).toEqual([
    ...['m=audio 40000 RTP/AVPF 8', ...bandwidth, 'a=rtpmap:8 PCMA/8000', ...packets, 'a=sendrecv'],
  ]);
});

it.each(['RTP/SAVP', 'RTP/SAVPF'])(
  'answers the key of %s that it knows with its own (RFC 4568)',
  (profile) => {
    const offered = [
      `m=audio 6000 ${profile} 8`,
      `a=crypto:1 AES_256_CM_HMAC_SHA1_80 ${inline(1)}`,
      // A lifetime is only a limit; with an identifier each packet has one more field; a
      // parameter changes the transform.
      `a=crypto:2 ${sha80} ${inline(2)}|2^20|1:4`,
      `a=crypto:3 ${sha80} ${inline(3)} UNENCRYPTED_SRTCP`,
      `a=crypto:4 ${sha80} ${inline(4)}|2^31`,
      `a=crypto:5 ${sha80} ${inline(5)}`,
    ];
    expect(answerTo(...offered)).toEqual([
      ...[`m=audio 40000 ${profile} 8`, ...bandwidth, 'a=rtpmap:8 PCMA/8000'],
      `a=crypto:4 ${sha80} inline:${end.master.toString('base64')}`,
      ...[...packets, 'a=sendrecv'],
    ]);
    const text = ['v=0', 's=-', 'c=IN IP4 192.0.2.1', ...offered, ''].join('\r\n');
    expect(readPlainSdp(text).crypto?.master).toEqual(Buffer.alloc(30, 4));
  },
);

it('leaves a key out of account where the profile is not SRTP', () => {
  const offered = ['m=audio 6000 RTP/AVP 8', `a=crypto:1 ${sha80} ${inline(1)}`];
  expect(answerTo(...offered)).toEqual(answerTo('m=audio 6000 RTP/AVP 8'));
  expect(readPlainSdp(`v=0\r\nc=IN IP4 192.0.2.1\r\n${offered.join('\r\n')}\r\n`).crypto).toBeUndefined();
});

it('offers what any phone can answer', () => {
  const offer = writePlainOffer([codecs.PCMA, codecs.PCMU], end);
  expect(offer.trim().split('\r\n')).toEqual([
    ...['v=0', 'o=- 4711 3 IN IP4 198.19.0.9', 's=-', 'c=IN IP4 198.19.0.9', 't=0 0'],
    ...['m=audio 40000 RTP/AVP 8 0 101', ...bandwidth, 'a=rtpmap:8 PCMA/8000', 'a=rtpmap:0 PCMU/8000'],
    ...['a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-15', ...packets, 'a=sendrecv'],
  ]);
});

it('answers the end of every medium with the same (RFC 3264 8.2), and nothing else', () => {
  const [audio, video] = ['m=audio 0 RTP/SAVP 8', 'm=video 0 RTP/AVP 96'];
  const ended = endedLines(`v=0\r\n${audio}\r\n${video}\r\n`)!;
  expect(writeEndedAnswer(ended, end).trim().split('\r\n').slice(5)).toEqual([audio, video]);
  expect(endedLines(`v=0\r\n${audio}\r\nm=video 9 RTP/AVP 96\r\n`)).toBeUndefined();
});

it.each([
  ['sendonly', 'recvonly'],
  ['recvonly', 'sendonly'],
  ['inactive', 'inactive'],
  ['sendrecv', 'sendrecv'],
])('answers %s with %s (RFC 3264 6.1)', (offered, answered) => {
  expect(answerTo('m=audio 6000 RTP/AVP 8', `a=${offered}`)).toContain(`a=${answered}`);
  expect(answerTo(`a=${offered}`, 'm=audio 6000 RTP/AVP 8')).toContain(`a=${answered}`);
});

it.each([
  ['the port after', [], { ip: '192.0.2.1', port: 6001 }],
  ['a port of its own (RFC 3605)', ['a=rtcp:7001'], { ip: '192.0.2.1', port: 7001 }],
  ['an address of its own', ['a=rtcp:7001 IN IP4 192.0.2.7'], { ip: '192.0.2.7', port: 7001 }],
  ['the same port (RFC 5761)', ['a=rtcp-mux'], { ip: '192.0.2.1', port: 6000 }],
])('sends RTCP to %s', (_, lines, rtcp) => {
  const text = ['v=0', 's=-', 'c=IN IP4 192.0.2.1', 'm=audio 6000 RTP/AVP 8', ...lines, ''].join('\r\n');
  expect(readPlainSdp(text)).toMatchObject({ rtp: { ip: '192.0.2.1', port: 6000 }, rtcp });
});

it('sends nothing to 0.0.0.0, which once meant hold (RFC 3264 8.4)', () => {
  const offer = readPlainSdp('v=0\r\ns=-\r\nm=audio 6000 RTP/AVP 8\r\nc=IN IP4 0.0.0.0\r\n');
  expect([offer.rtp, offer.rtcp]).toEqual([undefined, undefined]);
});

it.each([
  ['another codec', 'm=audio 6000 RTP/AVP 9', 'audio: neither PCMA nor PCMU nor AMR-WB'],
  [
    'a static number for another codec',
    'm=audio 6000 RTP/AVP 8\r\na=rtpmap:8 L16/8000',
    'audio: neither PCMA nor PCMU nor AMR-WB',
  ],
  ['DTLS', 'm=audio 6000 UDP/TLS/RTP/SAVPF 8', 'audio: transport UDP/TLS/RTP/SAVPF'],
  ['a profile that objects have', 'm=audio 6000 toString 8', 'audio: transport toString'],
  ['SRTP without a key', 'm=audio 6000 RTP/SAVP 8', `audio: no ${sha80}`],
  [
    'SRTP with a suite that we have not',
    `m=audio 6000 RTP/SAVPF 8\r\na=crypto:1 AES_256_CM_HMAC_SHA1_80 ${inline(1)}`,
    `audio: no ${sha80}`,
  ],
  ['no port', 'm=audio 0 RTP/AVP 8', 'audio: refused'],
  ['IPv6', 'm=audio 6000 RTP/AVP 8\r\nc=IN IP6 2001:db8::1', 'audio: no IPv4 address'],
  ['only video', 'm=video 6000 RTP/AVP 96', 'video: no audio'],
  ['nothing', '', 'no m= line'],
])('accepts no offer of %s', (_, media, why) => {
  const read = (): unknown => readPlainSdp(`v=0\r\ns=-\r\nc=IN IP4 192.0.2.1\r\n${media}\r\n`);
  expect(read).toThrow(`no audio to agree on: ${why}`);
});

it('throws nothing but NOT_ACCEPTABLE, whatever comes', () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'm=audio 6000 RTP/AVP 8',
      'm=audio 6000 RTP/SAVP 8',
      'a=crypto:1',
      'a=rtcp:x',
      'a=rtpmap:8',
      'c=IN IP4',
    ),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      try {
        readPlainSdp(lines.join('\r\n'));
      } catch (error) {
        expect((error as AttemptFailure).code).toBe('NOT_ACCEPTABLE');
      }
    }),
  );
});
