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

const answer = (change: (value: string) => string = (same) => same, branch = 1) =>
  sip(
    'ue to pcscf',
    `
  REGISTER sip:example.org SIP/2.0
  Via: SIP/2.0/UDP 10.89.0.2:32768;branch=z9hG4bK${branch}
  CSeq: 2 REGISTER
  Authorization: ${change(
    `Digest username="ue@example.org", realm="example.org", nonce="n", uri="sip:example.org", response="${'0a'.repeat(16)}", algorithm=MD5, qop=auth, cnonce="c", nc=00000001`,
  )}
`,
  );

it('an answer has all that qop asks for', () => {
  expect(judged('digest-answer', [answer()])).toEqual([1]);
  expect(judged('digest-answer', [answer((value) => value.replace(', cnonce="c"', ''))])).toEqual([
    0,
    'REGISTER with cnonce none',
  ]);
  // TS 24.229 5.1.1.2.3: what goes before the challenge answers nothing.
  const empty = answer((value) => value.replace(/response="\w+"/, 'response=""'));
  expect(judged('digest-answer', [empty])).toEqual([0]);
});

it('an answer is of the Request-URI', () => {
  expect(judged('digest-uri', [answer()])).toEqual([1]);
  expect(
    judged('digest-uri', [answer((value) => value.replace('uri="sip:example.org"', 'uri="sip:b"'))]),
  ).toEqual([0, 'REGISTER sip:example.org with uri sip:b']);
});

it('a nonce count rises, unless the same request is sent again', () => {
  const second = () => answer((value) => value.replace('00000001', '00000002'), 2);
  expect(judged('nonce-count-rises', [answer(), answer(), second()])).toEqual([3]);
  expect(judged('nonce-count-rises', [answer(), answer(undefined, 2)])).toEqual([
    1,
    'REGISTER with nc 00000001 after 00000001',
  ]);
  const inEsp = (branch: number) => ({ ...answer(undefined, branch), isInEsp: true }) as const;
  expect(judged('nonce-count-rises', [inEsp(1), inEsp(2)])).toEqual([0]);
});

it('a network proves that it knows the password too', () => {
  const accepted = (info: string) =>
    sip(
      'pcscf to ue',
      `
  SIP/2.0 200 OK
  Via: SIP/2.0/UDP 10.89.0.2:32768;branch=z9hG4bK1
  CSeq: 2 REGISTER
  ${info}
`,
    );
  const rspauth = `rspauth="${'0b'.repeat(16)}"`;
  const info = `Authentication-Info: qop=auth, ${rspauth}, cnonce="c", nc=00000001`;
  expect(judged('network-proves-itself', [answer(), accepted(info)])).toEqual([1]);
  expect(judged('network-proves-itself', [answer(), accepted('X: y')])).toEqual([
    0,
    '200 without Authentication-Info',
  ]);
  expect(judged('network-proves-itself', [answer(), accepted(info.replace(rspauth, 'x=y'))])).toEqual([
    0,
    '200 with rspauth none',
  ]);
  expect(judged('network-proves-itself', [answer(), accepted(info.replace('="c"', '="d"'))])).toEqual([
    0,
    '200 with cnonce d to c',
  ]);
});
