import { judged, rtp, sip } from '../testing/messages';

const ice = 'a=ice-ufrag:a\na=ice-pwd:b\na=candidate:1 1 UDP 1 10.89.0.2 4000 typ host\na=rtcp-mux';
const sdp = (more = ice, version = 1, media = 'm=audio 4000 RTP/AVP 8') =>
  `v=0\no=- 7 ${version} IN IP4 10.89.0.2\ns=-\nc=IN IP4 10.89.0.2\nt=0 0\n${media}\nb=AS:80\n${more}\na=ice-options:ice2`;
const head = (cseq: number) =>
  `Via: SIP/2.0/UDP x;branch=z9hG4bK${cseq}\nCall-ID: 1\nCSeq: ${cseq} INVITE\nContent-Type: application/sdp\n\n`;
const offer = (body: string, cseq = 1) => sip('ue to pcscf', `INVITE sip:a SIP/2.0\n${head(cseq)}${body}`);
const answer = (body: string, cseq = 1) => sip('pcscf to ue', `SIP/2.0 200 OK\n${head(cseq)}${body}`);

it('an answer has the media of the offer', () => {
  expect(judged('answer-media-lines', [offer(sdp()), answer(sdp())])).toEqual([1]);
  const two = sdp(ice, 1, 'm=audio 4000 RTP/AVP 8\nm=message 9 TCP/MSRP *');
  expect(judged('answer-media-lines', [offer(two), answer(sdp())])).toEqual([
    0,
    'audio answered to audio, message',
  ]);
});

it('a further description goes on from the one before', () => {
  const changed = `${ice}\na=sendonly`;
  expect(judged('origin-version', [offer(sdp()), offer(sdp(), 2), offer(sdp(changed, 2), 3)])).toEqual([2]);
  expect(judged('origin-version', [offer(sdp()), offer(sdp(changed), 2)])).toEqual([0, 'version 1 after 1']);
  expect(judged('origin-version', [offer(sdp()), offer(sdp(changed, 3), 2)])).toEqual([
    0,
    'version 3 after 1',
  ]);
  expect(judged('origin-version', [offer(sdp()), offer(sdp().replace('- 7', '- 8'), 2)])).toEqual([
    0,
    'session 8 after 7',
  ]);
});

it('candidates come with ice2, credentials and a way for RTCP', () => {
  for (const id of ['ice2-said', 'ice-credentials-said', 'rtcp-has-its-way'])
    expect(judged(id, [offer(sdp()), offer(sdp('a=sendrecv').replace('ice2', ''))])).toEqual([1]);
  expect(judged('ice2-said', [offer(sdp().replace('ice2', 'trickle'))])).toEqual([
    0,
    'candidates without a=ice-options:ice2',
  ]);
  expect(judged('ice-credentials-said', [offer(sdp().replace('a=ice-pwd:b\n', ''))])).toEqual([
    0,
    'candidates without credentials',
  ]);
  expect(judged('rtcp-has-its-way', [offer(sdp().replace('a=rtcp-mux\n', ''))])).toEqual([
    0,
    'candidates for RTP alone, without a=rtcp-mux',
  ]);
});

it('audio says its bandwidth', () => {
  expect(judged('bandwidth-said', [offer(sdp())])).toEqual([1]);
  expect(judged('bandwidth-said', [offer(sdp().replace('b=AS:80\n', ''))])).toEqual([
    0,
    'audio without b=AS',
  ]);
});

it('RTP of payload type 20 is empty', () => {
  const stream = (payloadType: number, bytes: number) => ({
    rtp: [rtp({ packets: [{ at: 1, payloadType, bytes }] })],
  });
  expect(judged('keep-alive-rtp-empty', stream(20, 0))).toEqual([1]);
  expect(judged('keep-alive-rtp-empty', stream(20, 160))).toEqual([0, 'payload type 20 with 160 bytes']);
  expect(judged('keep-alive-rtp-empty', stream(8, 160))).toEqual([0]);
});
