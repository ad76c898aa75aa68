import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { connectionOf, segmentsOf, talkTls } from '../evidence/testing/tls-talk';
import { TlsKeyLog } from '../evidence/tls-key-log';
import { issue, makeCa } from '../../nodes/ue/testing/certificates';
import { TestFolder } from '../../nodes/ue/testing/folder';
import { streamMessages } from './stream-messages';
import { StunNames } from './stun-message';

const folder = new TestFolder();
afterAll(() => folder[Symbol.dispose]());

const own = issue(folder, makeCa(folder, 'own'), 'pcscf.example');
const context = createSecureContext({ cert: own.certificate, key: readFileSync(own.keyFile) });

const request = 'REGISTER sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n';
const answer = 'SIP/2.0 401 Unauthorized\r\nContent-Length: 0\r\n\r\n';

/** Shows the messages of a connection of Node's, with keys or without. */
async function shown(maxVersion: 'TLSv1.2' | 'TLSv1.3', hasKeys: boolean): Promise<string[]> {
  const talk = await talkTls(context, { maxVersion }, [[request, answer]]);
  const connection = connectionOf(segmentsOf(talk.chunks));
  return streamMessages(connection, new TlsKeyLog(hasKeys ? talk.keyLog : ''), new StunNames()).map(
    ({ from, carriers, message: { label } }) => `${from} ${carriers.join('/')} ${label}`,
  );
}

test('TLS 1.2: the messages of each flight, and what was said', async () => {
  expect(await shown('TLSv1.2', true)).toEqual([
    'client tcp ClientHello',
    'server tcp ServerHello, Certificate, ServerKeyExchange, ServerHelloDone',
    'client tcp ClientKeyExchange, ChangeCipherSpec, Finished',
    'server tcp NewSessionTicket, ChangeCipherSpec, Finished',
    'client tcp/tls REGISTER',
    'server tcp/tls 401 Unauthorized',
  ]);
});

test('TLS 1.3: what is encrypted of the handshake is named too', async () => {
  const [hello, flight, finished, ...rest] = await shown('TLSv1.3', true);
  expect([hello, flight, finished]).toEqual([
    'client tcp ClientHello',
    'server tcp ServerHello, ChangeCipherSpec, EncryptedExtensions, Certificate, CertificateVerify, Finished',
    'client tcp ChangeCipherSpec, Finished',
  ]);
  expect(rest.filter((line) => !line.includes('NewSessionTicket'))).toEqual([
    'client tcp/tls REGISTER',
    'server tcp/tls 401 Unauthorized',
  ]);
});

test('without keys only what is in the clear is named', async () => {
  expect(await shown('TLSv1.2', false)).toEqual([
    'client tcp ClientHello',
    'server tcp ServerHello, Certificate, ServerKeyExchange, ServerHelloDone',
    'client tcp ClientKeyExchange, ChangeCipherSpec, encrypted handshake message',
    'server tcp NewSessionTicket, ChangeCipherSpec, encrypted handshake message',
    'client tcp encrypted data',
    'server tcp encrypted data',
  ]);
});
