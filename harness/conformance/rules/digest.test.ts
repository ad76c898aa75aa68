import { judged, sip } from '../testing/messages';

const challenge = (value: string) =>
  sip(
    'pcscf to ue',
    `
  SIP/2.0 401 Unauthorized
  Via: SIP/2.0/UDP 10.89.0.2:32768;branch=z9hG4bK1;rport
  CSeq: 1 REGISTER
  ${value}
`,
  );

it('a challenge has qop', () => {
  const held = challenge('WWW-Authenticate: Digest realm="a, b", nonce="x", algorithm=MD5, qop="auth"');
  expect(judged('challenge-qop', [held])).toEqual([1]);
  const broken = challenge('WWW-Authenticate: Digest realm="qop=auth", nonce="x"');
  expect(judged('challenge-qop', [broken])).toEqual([0, '401 without qop']);
  expect(judged('challenge-qop', [challenge('Content-Length: 0')])).toEqual([
    0,
    '401 without WWW-Authenticate',
  ]);
});
