import { connects, resigned, tls } from '../../judge/testing/results';
import { kindOf, type Evidence } from '../evidence';
import type { Setting } from './kind';

/** The sentences of the kinds that decide no verdict by themselves. Those of refusals are tested with the attempt. */

const setting: Setting = { when: (at) => `at ${at}`, denied: 'dropped' };
const sentence = (item: Evidence): string => kindOf(item).sentence(item, setting);
const certificate: Evidence = {
  ...{ kind: 'certificate', source: 'ue', reason: 'CERTIFICATE_NAME', text: 'another name' },
  certificate: { subject: 'CN=a', issuer: 'CN=b', fingerprint256: 'AA' },
};

test.each<[Evidence, string]>([
  [
    tls('aes'),
    'TLS from 10.89.8.2:32768 to 198.19.0.10:443: TLSv1.2 with TLS_RSA_WITH_AES_128_CBC_SHA; the handshake ended, and nothing was sent before',
  ],
  [
    tls('aes', {
      bytesBeforeHandshakeEnd: 1,
      connection: { ...tls('aes').connection, target: 'pcscf.example:443' },
    }),
    'TLS from 10.89.8.2:32768 to pcscf.example:443 by CONNECT: TLSv1.2 with TLS_RSA_WITH_AES_128_CBC_SHA; the handshake ended, and 1 byte was sent before',
  ],
  [
    { kind: 'tls', source: 'capture', handshakeEnded: false, connection: tls('aes').connection },
    'TLS from 10.89.8.2:32768 to 198.19.0.10:443: nothing shows an agreement; nothing shows that the handshake ended',
  ],
  [
    {
      ...{ kind: 'tls', source: 'capture', version: 'TLSv1.3', handshakeEnded: true },
      connection: tls('aes').connection,
    },
    'TLS from 10.89.8.2:32768 to 198.19.0.10:443: TLSv1.3 with an unknown suite; the handshake ended, and what was sent before is not known',
  ],
  [
    connects({ proxyLog: 3, tcpConnections: 3, established: 2 }),
    'the proxy logged 3 CONNECTs over 3 TCP connections, and granted 2',
  ],
  [
    certificate,
    'the UE refused the certificate of "CN=a", issued by "CN=b": another name (CERTIFICATE_NAME)',
  ],
  [
    { kind: 'certificate', source: 'ue', reason: 'CERTIFICATE_UNTRUSTED', text: 'self-signed' },
    'the UE refused a certificate: self-signed (CERTIFICATE_UNTRUSTED)',
  ],
  [
    { ...resigned, signedByProxyCa: 'not-checked', accepted: true },
    'proxy-intercepting answered 10.89.8.2:32768, which asked for pcscf.example:443, with a certificate issued by "CN=interceptor" (whether that is the proxy\'s own CA is not known) at 1; the UE accepted it',
  ],
])('an item says what it shows, and what it does not (%#)', (item, words) =>
  expect(sentence(item)).toBe(words),
);
