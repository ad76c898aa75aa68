import { judged, sip } from '../testing/messages';

const head = (cseq: string, ...more: readonly string[]) =>
  ['Via: SIP/2.0/UDP x;branch=z9hG4bK1', 'Call-ID: 1', `CSeq: ${cseq}`, ...more].join('\n');
const invite = (...more: readonly string[]) =>
  sip('ue to pcscf', `INVITE sip:a SIP/2.0\n${head('7 INVITE', ...more)}`);
const answer = (status: string, ...more: readonly string[]) =>
  sip('pcscf to ue', `SIP/2.0 ${status}\n${head('7 INVITE', ...more)}`);
const ringing = (...more: readonly string[]) => answer('180 Ringing', 'Require: 100rel', ...more);
const prack = (...more: readonly string[]) =>
  sip('ue to pcscf', `PRACK sip:a SIP/2.0\n${head('8 PRACK', ...more)}`);

it('a provisional response is sent reliably where that is supported', () => {
  const id = 'reliable-where-supported';
  expect(judged(id, [invite('Supported: timer, 100rel'), ringing('RSeq: 5')])).toEqual([1]);
  expect(judged(id, [invite('Require: 100rel'), ringing('RSeq: 5')])).toEqual([1]);
  expect(judged(id, [invite('Supported: timer'), ringing('RSeq: 5')])).toEqual([
    0,
    '180 with Require: 100rel to an INVITE without 100rel',
  ]);
  expect(judged(id, [invite('Supported: 100rel'), ringing()])).toEqual([0, '180 without RSeq']);
});

it('a PRACK names the response that it is for', () => {
  const id = 'prack-names-response';
  expect(judged(id, [ringing('RSeq: 5'), prack('RAck: 5  7 INVITE')])).toEqual([1]);
  expect(judged(id, [ringing('RSeq: 5'), prack('RAck: 6 7 INVITE')])).toEqual([
    0,
    'RAck 6 7 INVITE, where 5 7 INVITE came',
  ]);
  expect(judged(id, [answer('180 Ringing'), prack('RAck: 5 7 INVITE')])).toEqual([
    0,
    'RAck 5 7 INVITE, where nothing came',
  ]);
  expect(judged(id, [ringing('RSeq: 5'), prack()])).toEqual([0, 'PRACK without RAck']);
});

it('a UE acknowledges what comes reliably', () => {
  const id = 'reliable-acknowledged';
  expect(judged(id, [ringing('RSeq: 5'), prack('RAck: 5 7 INVITE'), answer('200 OK')])).toEqual([1]);
  expect(judged(id, [ringing('RSeq: 5'), answer('200 OK')])).toEqual([0, 'no PRACK for 180 with RSeq 5']);
  expect(judged(id, [ringing('RSeq: 5'), prack('RAck: 5 7 INVITE'), ringing('RSeq: 6')])).toEqual([
    0,
    'no PRACK for 180 with RSeq 6',
  ]);
  // Nobody can acknowledge what the final response has overtaken; one to another INVITE overtakes nothing.
  expect(judged(id, [answer('200 OK'), ringing('RSeq: 5')])).toEqual([0]);
  const earlier = sip('pcscf to ue', `SIP/2.0 407 Who\n${head('6 INVITE')}`);
  expect(judged(id, [earlier, ringing('RSeq: 5')])).toEqual([0, 'no PRACK for 180 with RSeq 5']);
});

it('a session interval is long enough, and somebody keeps it', () => {
  const asked = (...more: readonly string[]) => [invite('Supported: timer', ...more)];
  expect(judged('session-interval', asked('Session-Expires: 1800'))).toEqual([1]);
  expect(judged('session-interval', asked('x: 89;refresher=uac'))).toEqual([0, 'Session-Expires: 89']);
  expect(judged('refresher-named', [answer('200 OK', 'Session-Expires: 90; refresher = uas')])).toEqual([1]);
  expect(judged('refresher-named', [answer('200 OK', 'Session-Expires: 90')])).toEqual([
    0,
    'Session-Expires: 90',
  ]);
  expect(judged('timer-supported', asked('Session-Expires: 90'))).toEqual([1]);
  expect(judged('timer-supported', [invite('Session-Expires: 90')])).toEqual([
    0,
    'Session-Expires without Supported: timer',
  ]);
});

it('RTCP on the port of RTP only is RTCP on that port', () => {
  const offer = (...attributes: readonly string[]) => [
    invite(
      'Content-Type: application/sdp',
      '',
      ...['v=0', 'o=- 1 1 IN IP4 x', 's=-', 't=0 0', 'm=audio 4000 RTP/AVP 8'],
      ...attributes.map((name) => `a=${name}`),
    ),
  ];
  expect(judged('mux-only-with-mux', offer('rtcp-mux', 'rtcp-mux-only'))).toEqual([1]);
  expect(judged('mux-only-with-mux', offer('rtcp-mux-only'))).toEqual([
    0,
    'a=rtcp-mux-only without a=rtcp-mux',
  ]);
});
