import fc from 'fast-check';
import type { AttemptFailure } from '../failure';
import { readPlainOffer, writePlainAnswer } from './plain-sdp';

const rtp = { ip: '198.19.0.9', port: 40_000 };

/** The media lines of the answer to an offer. */
function answerTo(...media: string[]): string[] {
  const head = ['v=0', 'o=x 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'];
  const offer = readPlainOffer(`${[...head, ...media].join('\r\n')}\r\n`);
  return writePlainAnswer(offer, rtp, '4711', 3).trim().split('\r\n').slice(5);
}

it('answers an offer of bare PCMU, with the version that it is told', () => {
  const text =
    'v=0\r\no=x 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n';
  expect(writePlainAnswer(readPlainOffer(text), rtp, '4711', 3).trim().split('\r\n')).toEqual([
    ...['v=0', 'o=- 4711 3 IN IP4 198.19.0.9', 's=-', 'c=IN IP4 198.19.0.9', 't=0 0'],
    ...['m=audio 40000 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000', 'a=ptime:20', 'a=sendrecv'],
  ]);
});

it('takes the codec that is preferred, with its events, and refuses every other line', () => {
  expect(
    answerTo(
      ...['m=video 7000 RTP/AVP 96', 'a=rtpmap:96 H264/90000'],
      ...['m=audio 6000 RTP/AVP 96 9 8 0 101 102', 'a=rtpmap:96 opus/48000/2', 'a=rtpmap:9 G722/8000'],
      ...['a=rtpmap:101 telephone-event/48000', 'a=rtpmap:102 telephone-event/8000', 'a=rtcp-mux'],
      ...['m=audio 8000 RTP/SAVP 0'],
    ),
  ).toEqual([
    'm=video 0 RTP/AVP 96',
    ...['m=audio 40000 RTP/AVP 8 102', 'a=rtpmap:8 PCMA/8000', 'a=rtpmap:102 telephone-event/8000'],
    ...['a=fmtp:102 0-15', 'a=ptime:20', 'a=sendrecv', 'a=rtcp-mux'],
    'm=audio 0 RTP/SAVP 0',
  ]);
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
  expect(readPlainOffer(text)).toMatchObject({ rtp: { ip: '192.0.2.1', port: 6000 }, rtcp });
});

it('sends nothing to 0.0.0.0, which once meant hold (RFC 3264 8.4)', () => {
  const offer = readPlainOffer('v=0\r\ns=-\r\nm=audio 6000 RTP/AVP 8\r\nc=IN IP4 0.0.0.0\r\n');
  expect([offer.rtp, offer.rtcp]).toEqual([undefined, undefined]);
});

it.each([
  ['another codec', 'm=audio 6000 RTP/AVP 9', 'audio: neither PCMA nor PCMU'],
  [
    'a static number for another codec',
    'm=audio 6000 RTP/AVP 8\r\na=rtpmap:8 L16/8000',
    'audio: neither PCMA nor PCMU',
  ],
  ['another profile', 'm=audio 6000 RTP/SAVP 8', 'audio: transport RTP/SAVP'],
  ['no port', 'm=audio 0 RTP/AVP 8', 'audio: refused'],
  ['IPv6', 'm=audio 6000 RTP/AVP 8\r\nc=IN IP6 2001:db8::1', 'audio: no IPv4 address'],
  ['only video', 'm=video 6000 RTP/AVP 96', 'video: no audio'],
  ['nothing', '', 'no m= line'],
])('accepts no offer of %s', (_, media, why) => {
  const read = (): unknown => readPlainOffer(`v=0\r\ns=-\r\nc=IN IP4 192.0.2.1\r\n${media}\r\n`);
  expect(read).toThrow(`no audio to agree on: ${why}`);
});

it('throws nothing but NOT_ACCEPTABLE, whatever comes', () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom('m=audio 6000 RTP/AVP 8', 'a=rtcp:x', 'a=rtpmap:8', 'c=IN IP4'),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      try {
        readPlainOffer(lines.join('\r\n'));
      } catch (error) {
        expect((error as AttemptFailure).code).toBe('NOT_ACCEPTABLE');
      }
    }),
  );
});
