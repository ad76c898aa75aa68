import type { SipMessage } from '../sighting';
import { judged, sip } from '../testing/messages';

const server = 'ipsec-3gpp;q=0.1;alg=hmac-sha-1-96;spi-c=1;spi-s=2;port-c=5100;port-s=6100';

const register = (more: string, way: 'ue to pcscf' | 'pcscf to core' = 'ue to pcscf', branch = 1) =>
  sip(
    way,
    `
  REGISTER sip:example.org SIP/2.0
  Via: SIP/2.0/UDP 10.89.0.2:32769;branch=z9hG4bK${branch}
  Call-ID: 1
  CSeq: ${branch} REGISTER
  ${more}
`,
  );

const answered = (more: string, way: 'pcscf to ue' | 'core to pcscf' = 'pcscf to ue') =>
  sip(
    way,
    `
  SIP/2.0 401 Unauthorized
  Via: SIP/2.0/UDP 10.89.0.2:32769;branch=z9hG4bK1
  Call-ID: 1
  CSeq: 1 REGISTER
  ${more}
`,
  );

const inEsp = (message: SipMessage, more: Partial<SipMessage> = {}): SipMessage => ({
  ...message,
  isInEsp: true,
  ...more,
});

it('an agreement is required of whom it is offered to', () => {
  const offered = 'Security-Client: ipsec-3gpp';
  const required = `${offered}\nRequire: sec-agree\nProxy-Require: sec-agree`;
  expect(judged('agreement-required', [register(required), register('X: y')])).toEqual([1]);
  expect(judged('agreement-required', [register(`${offered}\nRequire: path`)])).toEqual([
    0,
    'REGISTER without sec-agree in Require and Proxy-Require',
  ]);
});

it('an agreement is verified by what was told last', () => {
  const told = answered(`Security-Server: ${server}`);
  const verified = (value: string) => inEsp(register(`Security-Verify: ${value}`, 'ue to pcscf', 2));
  expect(judged('agreement-verified', [told, verified(server)])).toEqual([1]);
  expect(judged('agreement-verified', [verified(server), register('X: y')])).toEqual([1]);
  expect(judged('agreement-verified', [told, verified('tls')])).toEqual([
    0,
    `REGISTER with Security-Verify tls after Security-Server ${server}`,
  ]);
  expect(judged('agreement-verified', [inEsp(register('X: y'))])).toEqual([
    0,
    'REGISTER without Security-Verify',
  ]);
});

it('the core hears nothing of an agreement', () => {
  const onwards = (more: string) => register(more, 'pcscf to core');
  expect(judged('agreement-kept-from-core', [onwards('Require: path')])).toEqual([1]);
  const everything = `Security-Client: tls\nSecurity-Verify: tls\nRequire: sec-agree\nProxy-Require: sec-agree`;
  expect(judged('agreement-kept-from-core', [onwards(everything)])).toEqual([
    0,
    'REGISTER with Security-Client, Security-Verify, sec-agree in Require, sec-agree in Proxy-Require',
  ]);
});

describe('the keys of a challenge', () => {
  const key = 'a'.repeat(32);
  const challenge = (more: string) => `WWW-Authenticate: Digest realm="x", algorithm=AKAv1-MD5${more}`;
  const digest = 'WWW-Authenticate: Digest realm="x", algorithm=MD5';

  it('come to the P-CSCF', () => {
    const come = (more: string) => answered(more, 'core to pcscf');
    const both = challenge(`, ik="${key}", ck="${key}"`);
    expect(judged('keys-told-to-pcscf', [come(both), come(digest)])).toEqual([1]);
    expect(judged('keys-told-to-pcscf', [come(challenge(`, ik="${key}", ck="0"`))])).toEqual([
      0,
      '401 without ck',
    ]);
  });

  it('go no further', () => {
    expect(judged('keys-kept-from-ue', [answered(challenge('')), answered(digest)])).toEqual([1]);
    expect(judged('keys-kept-from-ue', [answered(challenge(`, ik="${key}", ck="${key}"`))])).toEqual([
      0,
      '401 with ik and ck',
    ]);
  });
});

it('an answer over security associations goes to the protected server port', () => {
  const asked = inEsp(register('X: y'));
  const to = (port: number) => ({ destination: { ip: '10.89.0.2', port } });
  expect(judged('answer-to-server-port', [asked, inEsp(answered('X: y'), to(32769))])).toEqual([1]);
  expect(judged('answer-to-server-port', [asked, inEsp(answered('X: y'), to(32770))])).toEqual([
    0,
    '401 to REGISTER went to port 32770, and Via has 32769',
  ]);
  expect(judged('answer-to-server-port', [asked, answered('X: y')])).toEqual([
    0,
    '401 to REGISTER without security associations',
  ]);
});
