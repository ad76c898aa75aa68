import { readFileSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { suites, type SuiteId } from '../../../ladder';
import { issue, makeCa } from '../testing/certificates';
import { TestFolder } from '../testing/folder';
import type { TlsFacts } from '../attempt';
import { secure } from './tls';

const folder = new TestFolder();
const host = 'pcscf.example';
const ca = makeCa(folder, 'trusted');
const own = issue(folder, ca, host);

afterAll(() => folder[Symbol.dispose]());

/** Does the handshake with a server that prefers its suites in this order; returns what was agreed. */
async function handshake(suite: SuiteId, ciphers: string): Promise<TlsFacts | undefined> {
  const server = createServer({
    cert: own.certificate,
    key: readFileSync(own.keyFile),
    ciphers: `${ciphers}:@SECLEVEL=0`,
    honorCipherOrder: true,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let facts: TlsFacts | undefined;
  try {
    const tls = await secure(socket, 'TLS to the P-CSCF', {
      name: host,
      trustAnchor: ca.certificate,
      suite: suites[suite],
      resumable: () => undefined,
      keylog: () => undefined,
      agreed: (agreed) => (facts = agreed),
    });
    tls.destroy();
    return facts;
  } finally {
    socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

it('offers beside the NULL suite one that encrypts, and agrees on NULL where the server prefers it', async () => {
  expect((await handshake('null', 'NULL-SHA:AES128-SHA'))?.suite).toBe('TLS_RSA_WITH_NULL_SHA');
});

it('does not go on by a suite that is not measured', async () => {
  await expect(handshake('null', 'AES128-SHA:NULL-SHA')).rejects.toMatchObject({
    code: 'SUITE_NOT_AGREED',
    message:
      'TLS to the P-CSCF: the server chose TLS_RSA_WITH_AES_128_CBC_SHA of the offer, and TLS_RSA_WITH_NULL_SHA is measured',
  });
});

it.each([
  ['aes', 'TLS_RSA_WITH_AES_128_CBC_SHA'],
  ['modern', 'TLS_AES_256_GCM_SHA384'],
] as const)('with %s offers no NULL suite', async (suite, agreed) => {
  const ciphers = 'NULL-SHA:AES128-SHA:TLS_AES_256_GCM_SHA384';
  expect((await handshake(suite, ciphers))?.suite).toBe(agreed);
});
