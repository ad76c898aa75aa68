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
const ok = options.replace('OPTIONS sip:a@example.org SIP/2.0', 'SIP/2.0 200 OK');

it('a request has the six fields', () => {
  expect(judged('request-fields', [sip('ue to pcscf', options)])).toEqual([1]);
  const without = options.replace(/Max-Forwards.*\n/, '').replace(/To:.*\n/, '');
  expect(judged('request-fields', [sip('pcscf to core', without)])).toEqual([
    0,
    'OPTIONS without To, Max-Forwards',
  ]);
  expect(judged('request-fields', [sip('pcscf to ue', ok.replace(/Max-Forwards.*\n/, ''))])).toEqual([0]);
});

it('a branch has the magic cookie', () => {
  expect(judged('branch-cookie', [sip('ue to pcscf', options)])).toEqual([1]);
  expect(judged('branch-cookie', [sip('ue to pcscf', options.replace('z9hG4bK1', '1'))])).toEqual([
    0,
    'OPTIONS with branch 1',
  ]);
});

it('an answer fills rport in', () => {
  const request = sip('ue to pcscf', options);
  const answered = (parameters: string) => sip('pcscf to ue', ok.replace(';rport', parameters));
  expect(judged('rport-filled-in', [request, answered(';rport=1024;received=198.19.0.1')])).toEqual([1]);
  expect(judged('rport-filled-in', [request, answered(';rport')])).toEqual([
    0,
    'SIP/2.0 200 OK without rport and received in Via',
  ]);
});
