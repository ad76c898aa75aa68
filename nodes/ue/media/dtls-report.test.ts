import { X509Certificate } from 'node:crypto';
import { makeCa } from '../testing/certificates';
import { TestFolder } from '../testing/folder';
import { DtlsReport } from './dtls-report';

const folder = new TestFolder();
afterAll(() => folder[Symbol.dispose]());
const { certificate } = makeCa(folder, 'other end');
const { fingerprint256 } = new X509Certificate(certificate);

/** Key and salt of the client are 1 and 3, those of the server 2 and 4 (RFC 5764 4.2). */
const material = [
  ...['01', '02'].map((byte) => byte.repeat(16)),
  ...['03', '04'].map((byte) => byte.repeat(14)),
];
const profile = 'SRTP Extension negotiated, profile=SRTP_AES128_CM_SHA1_80';
const keying = `    Keying material: ${material.join('')}`;

const read = (role: 'client' | 'server', lines: readonly string[], fingerprint = fingerprint256) => {
  const report = new DtlsReport(role, fingerprint);
  return lines.map((line) => report.take(line)).find((keys) => keys !== undefined);
};
const printed = (...lines: readonly string[]): string[] => [...certificate.trim().split('\n'), ...lines];

it('reads the keys, each with its salt', () => {
  const client = Buffer.from('01'.repeat(16) + '03'.repeat(14), 'hex');
  const server = Buffer.from('02'.repeat(16) + '04'.repeat(14), 'hex');
  expect(read('client', printed(profile, keying))).toEqual({ own: client, other: server });
  expect(read('server', printed(profile, keying), fingerprint256.toLowerCase())).toEqual({
    own: server,
    other: client,
  });
});

it.each([
  [
    'another certificate',
    printed(profile, keying),
    '00',
    'the certificate is not the one that was described',
  ],
  ['no certificate', [profile, keying], fingerprint256, 'the certificate is not the one that was described'],
  ['no profile of SRTP', printed(keying), fingerprint256, 'no profile of SRTP was agreed on'],
])('%s gives no keys', (_, lines, fingerprint, message) => {
  expect(() => read('client', lines, fingerprint)).toThrow(message);
});

it('reads the port of a server', () => {
  const report = new DtlsReport('server', fingerprint256);
  report.take('Using default temp DH parameters');
  expect(report.port).toBeUndefined();
  report.take('ACCEPT 127.0.0.1:42363');
  expect(report.port).toBe(42363);
});
