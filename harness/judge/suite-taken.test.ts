import type { Evidence } from '../evidence/evidence';
import { inSuite } from './suite-taken';

const tls = (suite?: string): Evidence => ({
  ...{ kind: 'tls', source: 'capture', handshakeEnded: true },
  ...(suite === undefined ? {} : { suite }),
  connection: { local: { ip: '10.89.0.2', port: 40000 }, remote: { ip: '198.19.0.10', port: 443 } },
});
const passed = { verdict: 'passed', reason: 'got through' } as const;
const [nulled, aes, modern] = [
  tls('TLS_RSA_WITH_NULL_SHA'),
  tls('TLS_RSA_WITH_AES_128_CBC_SHA'),
  tls('TLS_AES_256_GCM_SHA384'),
];

it.each([
  ['aes', [aes]],
  ['null', [nulled, nulled]],
  ['modern', [modern, aes]],
  // Without TLS, and where the capture has lost which suite it was, nothing says otherwise.
  ['null', []],
  ['null', [tls()]],
] as const)('in the suite of its cell, %s, an attempt got through', (suite, evidence) => {
  expect(inSuite(passed, evidence, suite)).toBe(passed);
});

it.each([
  ['null', [modern], 'it took TLS_AES_256_GCM_SHA384, which shows nothing of TLS_RSA_WITH_NULL_SHA'],
  [
    'null',
    [nulled, aes],
    'it took TLS_RSA_WITH_AES_128_CBC_SHA, which shows nothing of TLS_RSA_WITH_NULL_SHA',
  ],
  [
    'aes',
    [aes, nulled],
    'it took TLS_RSA_WITH_NULL_SHA, which shows nothing of TLS_RSA_WITH_AES_128_CBC_SHA',
  ],
  ['modern', [nulled], 'it took TLS_RSA_WITH_NULL_SHA, which shows nothing of TLS 1.3 defaults'],
] as const)(
  'with a suite that can be read where that of the cell, %s, cannot, or the other way round, it shows nothing',
  (suite, evidence, reason) => {
    expect(inSuite(passed, evidence, suite)).toEqual({ verdict: 'unsupported', reason });
  },
);

it('with another suite that encrypts it got through, and says with which', () => {
  expect(inSuite(passed, [aes, modern], 'aes')).toEqual({
    verdict: 'passed',
    reason: 'got through, with TLS_AES_256_GCM_SHA384 in place of TLS_RSA_WITH_AES_128_CBC_SHA',
  });
});

it('what did not get through stays as it is', () => {
  const failed = { verdict: 'failed', reason: 'no answer' } as const;
  expect(inSuite(failed, [modern], 'null')).toBe(failed);
});
