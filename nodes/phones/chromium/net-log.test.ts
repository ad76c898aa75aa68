import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { issue, makeCa } from '../../ue/testing/certificates';
import { TestFolder } from '../../ue/testing/folder';
import { readNetLog } from './net-log';

const certificates = 7;
const reply = 9;

/** Writes a log as Chromium does. */
const logOf = (...events: readonly object[]): string =>
  [
    `${JSON.stringify({ constants: { logEventTypes: { SSL_CERTIFICATES_RECEIVED: certificates, HTTP_TRANSACTION_READ_TUNNEL_RESPONSE_HEADERS: reply } } }).slice(0, -1)},`,
    '"events": [',
    `${events.map((event) => JSON.stringify(event)).join(',\n')}],`,
    '"polledData": []}',
  ].join('\n');

it('finds the certificate of the server, with that of its issuer', () => {
  using folder = new TestFolder();
  const ca = makeCa(folder, 'proxy');
  const own = issue(folder, ca, 'pcscf.home');
  const text = logOf(
    { type: 1, phase: 1 },
    { type: certificates, params: { certificates: [own.certificate, ca.certificate] } },
  );
  expect(readNetLog(text)).toEqual({
    certificate: {
      subject: 'CN=pcscf.home',
      issuer: 'O=nimsfw test, CN=proxy',
      fingerprint256: new X509Certificate(own.certificate).fingerprint256,
      issuerFingerprint256: new X509Certificate(ca.certificate).fingerprint256,
    },
  });
});

it("finds the proxy's latest answer to CONNECT, also in a log that breaks off", () => {
  const text = logOf(
    { type: reply, params: { headers: ['HTTP/1.1 407 Who', 'Proxy-Authenticate: Basic'] } },
    { type: reply, params: { headers: ['HTTP/1.1 403 No'] } },
    { type: 1 },
  );
  const expected = { tunnelReply: 'HTTP/1.1 403 No\r\n\r\n' };
  expect(readNetLog(text)).toEqual(expected);
  expect(readNetLog(text.slice(0, text.lastIndexOf('{"type":1}') + 3))).toEqual(expected);
});

it('takes any text', () => {
  const line = fc.oneof(
    fc.string(),
    fc.json(),
    fc.constant(`{"type":${certificates},"params":{"certificates":["x"]}},`),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => void readNetLog([logOf().split('\n')[0], ...lines].join('\n'))),
  );
});
