import fc from 'fast-check';
import { toTurn } from '../../../ladder/testing/rungs';
import { AttemptFailure } from '../failure';
import { ownCandidate, relayedCandidate } from './candidate';
import { answering, readSdp, writeSdp } from './sdp';
import { formatsOf } from './audio-formats';
import { codecs } from './codecs';
import type { OwnAudio, RemoteSession } from './sdp';

const host = ownCandidate('host', { ip: '10.89.1.2', port: 20_000 });
const relay = ownCandidate('relay', { ip: '198.19.0.4', port: 50_000 }, { ip: '0.0.0.0', port: 9 });
const master = Buffer.from('e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6', 'hex');
const audio: OwnAudio = {
  ...{ ufrag: 'abcd', password: 'passwordpasswordpassword', direction: 'sendrecv' },
  formats: formatsOf([codecs.PCMA]),
  candidates: [host, relay],
};
const origin = { sessionId: '4711', version: 1 };
const write = (own: OwnAudio, to?: RemoteSession): string => writeSdp(own, origin, to);

/** The lines of an offer, for a test to change. */
function offerLines(description: OwnAudio = audio): string[] {
  return write(description).trim().split('\r\n');
}

function changed(change: (line: string) => string | undefined, description?: OwnAudio): string {
  return offerLines(description)
    .map(change)
    .filter((line) => line !== undefined)
    .join('\r\n');
}

describe('the SDP of a call', () => {
  it('describes one audio with ICE, as RFC 8839 and RFC 3551 have it', () => {
    expect(offerLines()).toEqual([
      'v=0',
      'o=- 4711 1 IN IP4 198.19.0.4',
      's=-',
      'c=IN IP4 198.19.0.4',
      't=0 0',
      // The relayed candidate is the default one (RFC 8839 4.2.1.3).
      'm=audio 50000 RTP/AVP 8 101',
      // (160 + 12 + 8 + 20) bytes 50 times a second; RS and RR as in the examples of TS 26.114.
      ...['b=AS:80', 'b=RS:0', 'b=RR:2000'],
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-15',
      ...['a=ptime:20', 'a=maxptime:240'],
      'a=sendrecv',
      'a=ice-ufrag:abcd',
      'a=ice-pwd:passwordpasswordpassword',
      // 126 * 2^24 + 65535 * 2^8 + 255, and 0 instead of 126 (RFC 8445 5.1.2.1).
      'a=candidate:host 1 UDP 2130706431 10.89.1.2 20000 typ host',
      'a=candidate:relay 1 UDP 16777215 198.19.0.4 50000 typ relay raddr 0.0.0.0 rport 9',
      // RFC 8445 10: an agent of that RFC says so.
      'a=ice-options:ice2',
      'a=rtcp-mux',
      // RFC 8858: there is no component 2.
      'a=rtcp-mux-only',
    ]);
  });

  it('offers AMR-WB with events at its own clock rate, and the bandwidth of the most needy codec', () => {
    const lines = offerLines({ ...audio, formats: formatsOf([codecs['AMR-WB'], codecs.PCMU]) });
    expect(lines).toEqual(
      expect.arrayContaining([
        ...['m=audio 50000 RTP/AVP 98 0 102 101', 'a=rtpmap:98 AMR-WB/16000', 'b=AS:80'],
        ...['a=rtpmap:102 telephone-event/16000', 'a=fmtp:102 0-15', 'a=rtpmap:101 telephone-event/8000'],
      ]),
    );
    // (33 + 40) bytes 50 times a second are 29.2 kbit/s.
    expect(offerLines({ ...audio, formats: formatsOf([codecs['AMR-WB']]) })).toContain('b=AS:30');
  });

  it('says only in an offer that RTCP can have no port of its own (RFC 8858 4.3)', () => {
    const answer = write(audio, readSdp(offerLines().join('\r\n')));
    expect(answer).toContain('a=rtcp-mux\r\n');
    expect(answer).not.toContain('rtcp-mux-only');
    expect(answer).toContain('a=ice-options:ice2\r\n');
  });

  it.each([
    ['a=ice-options:ice2', true],
    ['a=ice-options:trickle ice2', true],
    ['a=ice-options:ice', false],
    ['a=x', false],
  ])('knows by %s whether the other agent is of RFC 8445', (line, isIce2) => {
    const text = changed((one) => (one.startsWith('a=ice-options') ? line : one));
    expect(readSdp(text).audio.isIce2).toBe(isIce2);
  });

  it('keeps the codec that is in use, if it is offered again', () => {
    const formats = formatsOf([codecs['AMR-WB'], codecs.PCMA]);
    const text = write({ ...audio, formats });
    expect(readSdp(text).audio.format.codec.name).toBe('AMR-WB');
    expect(readSdp(text, codecs.PCMA).audio.format).toEqual({
      ...{ codec: codecs.PCMA, payloadType: 8, eventPayloadType: 101 },
    });
  });

  it.each([
    ['octet-align=1', false],
    ['mode-set=0,1', false],
    ['mode-set=0,2; octet-align=0', true],
    ['robust-sorting=1', false],
  ])('takes AMR-WB with %s as RFC 4867 8.1 has it: %s', (parameters, taken) => {
    const own = write({ ...audio, formats: formatsOf([codecs['AMR-WB'], codecs.PCMU]) });
    const text = own.replace(/a=fmtp:98 .*/, `a=fmtp:98 ${parameters}`);
    expect(readSdp(text).audio.format.codec.name).toBe(taken ? 'AMR-WB' : 'PCMU');
  });

  it.each([
    ['sendrecv', 'sendrecv', 'sendrecv'],
    ['sendonly', 'sendrecv', 'recvonly'],
    ['inactive', 'sendrecv', 'inactive'],
    // This end holds the call, so it goes on doing so (RFC 3264 6.1).
    ['sendrecv', 'sendonly', 'sendonly'],
    ['sendonly', 'sendonly', 'inactive'],
    ['recvonly', 'sendonly', 'sendonly'],
  ] as const)('answers %s, wanting %s, with %s', (offered, wanted, answer) => {
    expect(answering(offered, wanted)).toBe(answer);
  });

  it('has the host for its default where nothing else is, as a UE of step 1 has', () => {
    const lines = offerLines({ ...audio, candidates: [host] });
    expect(lines).toContain('m=audio 20000 RTP/AVP 8 101');
    expect(lines).toContain('c=IN IP4 10.89.1.2');
  });

  it('carries the key of SRTP by SDES (RFC 4568)', () => {
    const lines = offerLines({ ...audio, crypto: { tag: 1, master } });
    expect(lines).toContain('m=audio 50000 RTP/SAVP 8 101');
    expect(lines).toContain(
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:4fl6DT4Bi+DWT6MsBt5BOQ7Gda1Jiv7rtpYLOqvm',
    );
  });

  describe('with SRTP that is keyed by DTLS, as WebRTC has it', () => {
    const fingerprint = Array.from({ length: 32 }, () => 'AB').join(':');
    const own: OwnAudio = { ...audio, dtls: { fingerprint, setup: 'actpass' } };

    it('has its profile, the fingerprint of the certificate, and who begins (RFC 8842)', () => {
      expect(offerLines(own)).toEqual(
        expect.arrayContaining([
          'm=audio 50000 UDP/TLS/RTP/SAVPF 8 101',
          `a=fingerprint:sha-256 ${fingerprint}`,
          'a=setup:actpass',
        ]),
      );
      expect(readSdp(write(own)).audio.dtls).toEqual(own.dtls);
    });

    it('takes a fingerprint for the whole session, and without one by SHA-256 it is refused', () => {
      const lines = offerLines(own).filter((line) => !line.startsWith('a=fingerprint'));
      const place = lines.findIndex((line) => line.startsWith('m='));
      const session = [
        ...lines.slice(0, place),
        `a=fingerprint:sha-256 ${fingerprint}`,
        ...lines.slice(place),
      ];
      expect(readSdp(session.join('\r\n')).audio.dtls).toEqual(own.dtls);
      const weak = changed((line) => line.replace('sha-256', 'sha-1'), own);
      expect(() => readSdp(weak)).toThrow('no audio to agree on: audio: no fingerprint by SHA-256');
    });
  });

  it('is read as it was written', () => {
    const withoutRelated = audio.candidates.map(({ related: _, ...candidate }) => candidate);
    const { formats, ...rest } = audio;
    expect(readSdp(write(audio)).audio).toEqual({
      ...{ ...rest, format: formats[0], candidates: withoutRelated, isIce2: true },
    });
    const secure = { ...audio, crypto: { tag: 7, master } };
    expect(readSdp(write(secure)).audio.crypto).toEqual({ tag: 7, master });
  });

  it('answers every line of the offer, and refuses all but the audio (RFC 3264 6)', () => {
    const offer = [
      ...offerLines().slice(0, 5),
      'm=video 4000 RTP/AVP 96',
      ...offerLines().slice(5),
      'm=message 2855 TCP/MSRP *',
    ].join('\r\n');
    const answer = write({ ...audio, candidates: [host] }, readSdp(offer));
    expect(answer.split('\r\n').filter((line) => line.startsWith('m='))).toEqual([
      'm=video 0 RTP/AVP 96',
      'm=audio 20000 RTP/AVP 8 101',
      'm=message 0 TCP/MSRP *',
    ]);
  });

  it('may give PCMA another payload type, and ICE attributes for the whole session', () => {
    const odd = changed((line) =>
      line.startsWith('m=') ? 'm=audio 50000 RTP/AVP 9 96' : line.replace('rtpmap:8', 'rtpmap:96'),
    );
    expect(readSdp(odd).audio.format).toEqual({ codec: codecs.PCMA, payloadType: 96 });
    const lines = offerLines();
    const ice = lines.filter((line) => line.startsWith('a=ice-'));
    const rest = lines.filter((line) => !line.startsWith('a=ice-'));
    const session = [...rest.slice(0, 5), ...ice, ...rest.slice(5)].join('\r\n');
    expect(readSdp(session).audio).toMatchObject({ ufrag: 'abcd', password: 'passwordpasswordpassword' });
  });

  it('has the most preferred of several relayed candidates as the default one', () => {
    const relayed = (
      [
        ['tls:443', 50_001],
        ['tcp:80', 50_002],
      ] as const
    ).map(([via, port]) => relayedCandidate(toTurn(3, via), { ip: '198.19.0.4', port }));
    const lines = offerLines({ ...audio, candidates: [host, ...relayed] });
    expect(lines).toContain('m=audio 50002 RTP/AVP 8 101');
    // TCP 80 before TLS 443 (TS 33.203 W.3.1.3), each on a foundation of its own (RFC 8445 5.1.1.3).
    expect(lines.filter((line) => line.includes(' relay '))).toEqual([
      'a=candidate:relaytls443 1 UDP 16776191 198.19.0.4 50001 typ relay raddr 0.0.0.0 rport 9',
      'a=candidate:relaytcp80 1 UDP 16776447 198.19.0.4 50002 typ relay raddr 0.0.0.0 rport 9',
    ]);
  });

  it('passes over candidates that we cannot pair with', () => {
    const others = [
      'a=candidate:1 2 UDP 100 10.0.0.1 5000 typ host',
      'a=candidate:1 1 TCP 100 10.0.0.1 5000 typ host tcptype active',
      'a=candidate:1 1 UDP 100 2001:db8::1 5000 typ host',
      'a=candidate:1 1 UDP 100 peer.example 5000 typ host',
      'a=candidate:1 1 UDP 100 10.0.0.1 0 typ host',
    ];
    expect(readSdp([...offerLines(), ...others].join('\r\n')).audio.candidates).toHaveLength(2);
  });

  const drop = (start: string) => (line: string) => (line.startsWith(start) ? undefined : line);
  const secure = { ...audio, crypto: { tag: 1, master } };
  it.each([
    ['no m= line', ''],
    ['video: no audio', changed((line) => line.replace('m=audio', 'm=video'))],
    ['audio: refused', changed((line) => line.replace('m=audio 50000', 'm=audio 0'))],
    ['audio: transport TCP/RTP/AVP', changed((line) => line.replace('RTP/AVP', 'TCP/RTP/AVP'))],
    ['audio: neither PCMA nor PCMU nor AMR-WB', changed((line) => line.replace('RTP/AVP 8', 'RTP/AVP 9'))],
    ['audio: no rtcp-mux', changed(drop('a=rtcp-mux'))],
    ['audio: no ICE', changed(drop('a=ice-'))],
    ['audio: no candidate over UDP and IPv4', changed(drop('a=candidate'))],
    ['audio: no AES_CM_128_HMAC_SHA1_80', changed(drop('a=crypto'), secure)],
    ['audio: no AES_CM_128_HMAC_SHA1_80', changed((line) => line.replace('inline:4fl6', 'inline:'), secure)],
    [
      'audio: no AES_CM_128_HMAC_SHA1_80',
      changed((line) => (line.startsWith('a=crypto') ? `${line} UNENCRYPTED_SRTP` : line), secure),
    ],
  ])('is not acceptable with %s', (reason, text) => {
    expect(() => readSdp(text)).toThrow(
      new AttemptFailure('NOT_ACCEPTABLE', `no audio to agree on: ${reason}`),
    );
  });

  it('is read or refused, whatever it is', () => {
    const lines = fc.constantFrom(
      ...offerLines(secure),
      ...[
        'a=crypto:x y z',
        'a=candidate:',
        'm=audio',
        'm=audio 9 RTP/AVP',
        'a=rtpmap:8',
        'a=ice-ufrag:1',
        'c=',
      ],
    );
    const text = fc.oneof(
      fc.string({ maxLength: 500 }),
      fc.array(fc.oneof(lines, fc.string()), { maxLength: 30 }).map((some) => some.join('\r\n')),
    );
    fc.assert(
      fc.property(text, (sdp) => {
        try {
          expect(readSdp(sdp).audio.candidates.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toMatchObject({ code: 'NOT_ACCEPTABLE' });
        }
      }),
    );
    expect(() => readSdp('a'.repeat(65_537))).toThrow('SDP of 65537 characters');
  });
});
