import { networkFailure } from './network-authentication';

/**
 * The request is that of RFC 2617 3.5, as a REGISTER. Its rspauth is md5(md5("Mufasa:testrealm@host.com:Circle Of
 * Life"):nonce:00000001:0a4f113b:auth:md5(":/dir/index.html")), which 3.2.3 tells how to make; calculated apart with
 * md5sum.
 */
const authorization = [
  'Digest username="Mufasa", realm="testrealm@host.com"',
  'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html"',
  'qop=auth, nc=00000001, cnonce="0a4f113b"',
  'response="6629fae49393a05397450978507c4ef1", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
].join(', ');
const rspauth = '376602cfd2f4e8e5e78b948a85263e85';
const request = (fields = [`Authorization: ${authorization}`]) =>
  ['REGISTER sip:b SIP/2.0', ...fields, '', ''].join('\r\n');
const response = (info?: string) =>
  ['SIP/2.0 200 OK', ...(info === undefined ? [] : [`Authentication-Info: ${info}`]), '', ''].join('\r\n');
const right = `qop=auth, rspauth="${rspauth}", cnonce="0a4f113b", nc=00000001`;
const failure = (info?: string, asked = request(), password = 'Circle Of Life') =>
  networkFailure(asked, response(info), password)?.message;

const why = "the network did not prove that it is the UE's own: ";

it('takes a network that knows the password, however it writes that', () => {
  expect(failure(right)).toBeUndefined();
  expect(failure(`nc="00000001",rspauth=${rspauth.toUpperCase()},cnonce="0a4f113b"`)).toBeUndefined();
});

it('leaves a network with another password', () => {
  expect(failure(right, request(), 'Circle of Life')).toBe(
    `${why}its rspauth is wrong, so it does not know the password`,
  );
});

it.each([
  ['that says nothing', undefined, 'its 200 has no Authentication-Info'],
  [
    'with a wrong rspauth',
    right.replace(/.(?=")/, 'x'),
    'its rspauth is wrong, so it does not know the password',
  ],
  [
    'without an rspauth',
    right.replace('rspauth', 'x'),
    'its rspauth is wrong, so it does not know the password',
  ],
  [
    'that answers another cnonce',
    right.replace('0a4f', '0a4e'),
    'its Authentication-Info has another cnonce than the UE has sent',
  ],
  [
    'that answers another count',
    right.replace('nc=00000001', 'nc=00000002'),
    'its Authentication-Info has another nc than the UE has sent',
  ],
])('leaves a network %s', (_, info, because) => {
  expect(failure(info)).toBe(why + because);
});

it('leaves a network that did not ask', () => {
  for (const fields of [[], ['Authorization: Digest username="a", response=""']])
    expect(failure(right, request(fields))).toBe(`${why}it did not ask for the password`);
});
