import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { KeyPair } from '../../nodes/run-secrets';
import { LabError } from './lab-error';
import { programEnvironment } from './program-environment';

const keyOptions = {
  ec: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  rsa: ['-newkey', 'rsa:2048'],
};

/**
 * Makes a CA for one run.
 *
 * @param keyType `ec` takes no time; `rsa` where servers use the CA's own key, as squid does when it re-signs: the
 *   TLS_RSA_* suites need an RSA key in the server's certificate
 */
export async function createAuthority(name: string, keyType: 'ec' | 'rsa' = 'ec'): Promise<KeyPair> {
  return openssl(
    [
      ...keyOptions[keyType],
      ...['-subj', `/O=nimsfw-lab/CN=${name}`],
      ...['-addext', 'basicConstraints=critical,CA:true', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    ],
    '',
  );
}

/** Issues a server certificate that carries the FQDN as subjectAltName (TS 33.203 Annex O). */
export async function issueCertificate(authority: KeyPair, fqdn: string): Promise<KeyPair> {
  return openssl(
    [
      ...keyOptions.rsa,
      ...['-subj', `/O=nimsfw-lab/CN=${fqdn.split('.')[0]}`],
      ...['-addext', `subjectAltName=DNS:${fqdn}`, '-addext', 'basicConstraints=critical,CA:false'],
      ...['-CA', '/dev/fd/3', '-CAkey', '/dev/fd/4'],
    ],
    `3<<CERTIFICATE 4<<KEY\n${authority.certificate}\nCERTIFICATE\n${authority.privateKey}\nKEY`,
  );
}

/**
 * Where openssl is looked for: the system's folders first, so that it does not matter who calls. Said here, for the set-up
 * of docker-compose.yml runs in an image that has this module and not the package whose `searchPath` says it for a lab.
 */
const path = ['/usr/local/bin', '/usr/bin', '/bin', process.env.PATH ?? ''].join(':');

/** Here-documents keep the keys off the disk: a killed run leaves no file. */
async function openssl(options: readonly string[], hereDocuments: string): Promise<KeyPair> {
  const script = `exec openssl req -x509 -nodes -days 2 -keyout - -out - "$@" ${hereDocuments}\n`;
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
  const privateKey = /-----BEGIN PRIVATE KEY-----[^]*?-----END PRIVATE KEY-----\n/.exec(output)?.[0];
  if (exitCode !== 0 || !certificate || !privateKey) {
    const last = errors.trim().split('\n').at(-1) ?? '';
    throw new LabError(
      'CERTIFICATE_NOT_MADE',
      `openssl made no certificate (exit ${exitCode}: ${last}); install Debian's package openssl`,
    );
  }
  return { certificate, privateKey };
}
