import { spawn } from 'node:child_process';
import { generateKeyPair } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { lastLine } from '../../kit/last-lines';
import type { KeyPair } from '../../nodes/run-secrets';
import { LabError } from './lab-error';
import { programEnvironment } from './program-environment';

const generate = promisify(generateKeyPair);

/**
 * Makes a private key in PEM, in another thread.
 * @param type `ec` is made at once; `rsa` takes a tenth of a second, and TLS_RSA_* suites need it in a server's
 *   certificate
 */
export async function makeKey(type: 'ec' | 'rsa'): Promise<string> {
  const { privateKey } =
    type === 'ec'
      ? await generate('ec', { namedCurve: 'P-256' })
      : await generate('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Makes a CA for one run. */
export async function createAuthority(name: string, privateKey: string): Promise<KeyPair> {
  return certify(privateKey, [
    ...['-subj', `/O=nimsfw-lab/CN=${name}`],
    ...['-addext', 'basicConstraints=critical,CA:true', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  ]);
}

/** Issues a server certificate that carries the FQDN as common name and as subjectAltName (TS 33.203 O.5.1). */
export async function issueCertificate(
  authority: KeyPair,
  fqdn: string,
  privateKey: string,
): Promise<KeyPair> {
  return certify(
    privateKey,
    [
      ...['-subj', `/O=nimsfw-lab/CN=${fqdn}`],
      ...['-addext', `subjectAltName=DNS:${fqdn}`, '-addext', 'basicConstraints=critical,CA:false'],
      ...['-CA', '/dev/fd/4', '-CAkey', '/dev/fd/5'],
    ],
    authority,
  );
}

/**
 * The folders with openssl, the system's first, so that the caller's PATH does not matter. The package with
 * `searchPath` is not used here, because the set-up of docker-compose.yml runs this module in an image without
 * that package.
 */
const path = ['/usr/local/bin', '/usr/bin', '/bin', process.env.PATH ?? ''].join(':');

/**
 * Has openssl make a certificate, which takes a few milliseconds with a given key. Here-documents keep the keys
 * off the disk, so that a killed run leaves no file.
 */
async function certify(
  privateKey: string,
  options: readonly string[],
  authority?: KeyPair,
): Promise<KeyPair> {
  const files = [privateKey, ...(authority ? [authority.certificate, authority.privateKey] : [])];
  const given = files.map((_, index) => ` ${index + 3}<<PEM${index}`).join('');
  const documents = files.map((text, index) => `${text}\nPEM${index}\n`).join('');
  const script = `exec openssl req -x509 -new -days 2 -key /dev/fd/3 -out - "$@"${given}\n${documents}`;
  const child = spawn('/bin/sh', ['-c', script, 'openssl', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
    env: { ...programEnvironment, PATH: path },
  });
  const [output, errors, exitCode] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on('close', resolve)),
  ]);
  const certificate = /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----\n/.exec(output)?.[0];
  if (exitCode !== 0 || !certificate) {
    const last = lastLine(errors);
    throw new LabError(
      'CERTIFICATE_NOT_MADE',
      `openssl made no certificate (exit ${exitCode}: ${last}); install Debian's package openssl`,
    );
  }
  return { certificate, privateKey };
}
