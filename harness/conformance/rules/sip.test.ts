import { judged, sip } from '../testing/messages';

const options = `
  OPTIONS sip:a@example.org SIP/2.0
  Via: SIP/2.0/UDP 10.89.0.2:32768;branch=z9hG4bK1;rport
  Max-Forwards: 70
  From: <sip:b@example.org>;tag=1
  To: <sip:a@example.org>
  Call-ID: 1
  CSeq: 1 OPTIONS
  Content-Length: 0
`;
const answer = (statusLine: string) =>
  options
    .replace(/OPTIONS sip.*/, `SIP/2.0 ${statusLine}`)
    .replace('To: <sip:a@example.org>', 'To: <sip:a@example.org>;tag=2');
const ok = answer('200 OK');
const request = (text = options) => sip('ue to pcscf', text);
const response = (text = ok, more: Parameters<typeof sip>[2] = {}) =>
  sip('pcscf to ue', text, { source: request().destination, destination: request().source, ...more });

it('a request has the six fields', () => {
  expect(judged('request-fields', [request()])).toEqual([1]);
  const without = options.replace(/Max-Forwards.*\n/, '').replace(/To:.*\n/, '');
  expect(judged('request-fields', [sip('pcscf to core', without)])).toEqual([
    0,
    'OPTIONS without To, Max-Forwards',
  ]);
  expect(judged('request-fields', [response(ok.replace(/Max-Forwards.*\n/, ''))])).toEqual([0]);
});

it('what is no list stands once', () => {
  const via = 'Via: SIP/2.0/UDP 10.89.0.2;branch=z9hG4bK0';
  expect(judged('single-fields', [request(options.replace('CSeq', `${via}\n  CSeq`))])).toEqual([1]);
  expect(judged('single-fields', [response(ok.replace('CSeq', 'i: 2\n  CSeq'))])).toEqual([
    0,
    '200 to OPTIONS with two Call-ID',
  ]);
});

it('From has a tag', () => {
  expect(judged('from-tag', [request(), response(ok.replace(/;tag=1/, ''))])).toEqual([1]);
  expect(judged('from-tag', [request(options.replace(/;tag=1/, ''))])).toEqual([
    0,
    'OPTIONS without a tag in From',
  ]);
});

it('CSeq names the method', () => {
  expect(judged('cseq-method', [request()])).toEqual([1]);
  expect(judged('cseq-method', [request(options.replace('1 OPTIONS', '1 INFO'))])).toEqual([
    0,
    'OPTIONS with CSeq 1 INFO',
  ]);
});

it('Max-Forwards begins at 70, and loses one at the P-CSCF', () => {
  const lower = options.replace('70', '69');
  const onwards = (text: string) => sip('pcscf to core', text.replace('z9hG4bK1', 'z9hG4bK2'));
  expect(judged('max-forwards-70', [request(), onwards(lower)])).toEqual([1]);
  expect(judged('max-forwards-70', [request(lower)])).toEqual([0, 'OPTIONS with Max-Forwards 69']);
  expect(judged('max-forwards-less', [request(), onwards(lower)])).toEqual([1]);
  expect(judged('max-forwards-less', [request(), onwards(options)])).toEqual([
    0,
    'OPTIONS came with 70 and was sent on with 70',
  ]);
  expect(judged('max-forwards-less', [onwards(options)])).toEqual([0]);
});

it('a branch has the magic cookie', () => {
  expect(judged('branch-cookie', [request()])).toEqual([1]);
  expect(judged('branch-cookie', [request(options.replace('z9hG4bK1', '1'))])).toEqual([
    0,
    'OPTIONS with branch 1',
  ]);
});

it('Via names the transport', () => {
  expect(judged('via-transport', [request()])).toEqual([1]);
  // RFC 7118 5.2.
  const overWebSocket = request(options.replace('SIP/2.0/UDP', 'SIP/2.0/WSS'));
  expect(judged('via-transport', [{ ...overWebSocket, transport: 'wss' }])).toEqual([1]);
  expect(judged('via-transport', [{ ...request(), transport: 'tls' }])).toEqual([
    0,
    'OPTIONS by tls with Via of udp',
  ]);
});

it('an answer fills rport in', () => {
  const answered = (parameters: string) => response(ok.replace(';rport', parameters));
  expect(judged('rport-filled-in', [request(), answered(';rport=1024;received=198.19.0.1')])).toEqual([1]);
  expect(judged('rport-filled-in', [request(), answered(';rport')])).toEqual([
    0,
    'SIP/2.0 200 OK without rport and received in Via',
  ]);
});

it('an answer comes back the way of its request', () => {
  expect(judged('answer-where-asked-from', [request(), response()])).toEqual([1]);
  const elsewhere = { ip: '10.89.0.2', port: 5060 };
  expect(judged('answer-where-asked-from', [request(), response(ok, { destination: elsewhere })])).toEqual([
    0,
    '200 to OPTIONS came another way than the request went',
  ]);
  const isInEsp = true;
  const inEsp = [{ ...request(), isInEsp }, response(ok, { isInEsp, destination: elsewhere })] as const;
  expect(judged('answer-where-asked-from', inEsp)).toEqual([0]);
});

it('an answer repeats what it answers', () => {
  expect(judged('answer-repeats', [request(), response()])).toEqual([1]);
  const other = ok.replace('From: <sip:b', 'From: <sip:c').replace('Max', 'Via: SIP/2.0/UDP x\n  Max');
  expect(judged('answer-repeats', [request(), response(other)])).toEqual([
    0,
    '200 to OPTIONS with another From, Via',
  ]);
});

it('To of an answer has a tag', () => {
  const trying = answer('100 Trying').replace(';tag=2', '');
  expect(judged('answer-to-tag', [request(), response(trying), response()])).toEqual([1]);
  expect(judged('answer-to-tag', [response(ok.replace(';tag=2', ''))])).toEqual([
    0,
    '200 to OPTIONS without a tag in To',
  ]);
});

it('Content-Length is there on a connection, and true everywhere', () => {
  const without = options.replace(/Content-Length.*\n/, '');
  expect(judged('content-length', [request(), request(without)])).toEqual([2]);
  expect(judged('content-length', [{ ...request(without), transport: 'tls' }])).toEqual([
    0,
    'OPTIONS without Content-Length',
  ]);
  expect(judged('content-length', [request(options.replace('Length: 0', 'Length: 5'))])).toEqual([
    0,
    'OPTIONS with 0 bytes and not 5',
  ]);
});

it('a body has a type', () => {
  const body = options.replace('Length: 0', 'Length: 4\n\n  ab');
  expect(judged('content-type', [request(), request(body.replace('CSeq', 'c: text/plain\n  CSeq'))])).toEqual(
    [1],
  );
  expect(judged('content-type', [request(body)])).toEqual([0, 'OPTIONS without Content-Type']);
});

describe('a registration', () => {
  const register = options
    .replaceAll('OPTIONS', 'REGISTER')
    .replace('sip:a@example.org S', 'sip:example.org S');

  it('names a domain', () => {
    expect(judged('register-uri', [request(register)])).toEqual([1]);
    expect(judged('register-uri', [request(register.replace('sip:example', 'sip:a@example'))])).toEqual([
      0,
      'REGISTER sip:a@example.org',
    ]);
  });

  it('keeps its Call-ID', () => {
    const again = (id: string) => request(register.replace('Call-ID: 1', `Call-ID: ${id}`));
    expect(judged('register-one-call-id', [request(register), again('1')])).toEqual([1]);
    expect(judged('register-one-call-id', [request(register), again('2')])).toEqual([
      0,
      'REGISTER with another Call-ID',
    ]);
  });

  it('says of every binding when it expires', () => {
    const bound = (contact: string) =>
      response(ok.replaceAll('OPTIONS', 'REGISTER').replace('Max', `m: ${contact}\n  Max`));
    expect(judged('bindings-expire', [bound('<sip:b@10.89.0.2>;expires=600')])).toEqual([1]);
    expect(judged('bindings-expire', [bound('<sip:b@10.89.0.2>;expires=600, <sip:c@x>')])).toEqual([
      0,
      '200 with sip:c@x and no time',
    ]);
  });
});

it.each([
  [
    'bad-extension-named',
    '420 Bad Extension',
    'Unsupported: precondition',
    '420 to OPTIONS without Unsupported',
  ],
  ['methods-allowed-named', '405 Method Not Allowed', 'Allow: INVITE', '405 to OPTIONS without Allow'],
  ['least-interval-named', '423 Interval Too Brief', 'Min-Expires: 60', '423 to OPTIONS without Min-Expires'],
])('%s', (id, statusLine, field, why) => {
  const refusal = answer(statusLine);
  expect(judged(id, [response(refusal.replace('Max', `${field}\n  Max`)), response()])).toEqual([1]);
  expect(judged(id, [response(refusal)])).toEqual([0, why]);
});

it('a CANCEL is like its INVITE', () => {
  const invite = options.replaceAll('OPTIONS', 'INVITE');
  const cancel = invite.replaceAll('INVITE', 'CANCEL');
  expect(judged('cancel-like-invite', [request(invite), request(cancel)])).toEqual([1]);
  const other = cancel.replace('sip:a@example.org S', 'sip:x S').replace('CSeq: 1', 'CSeq: 2');
  expect(judged('cancel-like-invite', [request(invite), request(other)])).toEqual([
    0,
    'CANCEL with another Request-URI, CSeq',
  ]);
  expect(judged('cancel-like-invite', [request(cancel)])).toEqual([0, 'CANCEL of no INVITE that was seen']);
});
