import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { TestFolder } from './folder';

/** A certificate with its key, as PEM and as files. */
export interface TestCertificate {
  readonly certificate: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Makes a CA with the openssl command. */
export function makeCa(folder: TestFolder, name: string): TestCertificate {
  const files = filesOf(folder, `ca-${name}`);
  openssl(
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/O=nimsfw test/CN=${name}`],
    ['-keyout', files.keyFile, '-out', files.certificateFile],
  );
  return { ...files, certificate: readFileSync(files.certificateFile, 'utf8') };
}

/** Makes a server's certificate; RSA, because NULL-SHA and AES128-SHA exchange the key by RSA. */
export function issue(folder: TestFolder, ca: TestCertificate, host: string): TestCertificate {
  const files = filesOf(folder, host);
  const request = folder.file(`${host}.csr`);
  const extensions = folder.file(`${host}.ext`);
  writeFileSync(extensions, `subjectAltName=DNS:${host}\n`);
  openssl(
    ['req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${host}`],
    ['-keyout', files.keyFile, '-out', request],
  );
  openssl(
    ['x509', '-req', '-days', '2', '-in', request, '-CA', ca.certificateFile, '-CAkey', ca.keyFile],
    ['-CAcreateserial', '-extfile', extensions, '-out', files.certificateFile],
  );
  return { ...files, certificate: readFileSync(files.certificateFile, 'utf8') };
}

function filesOf(folder: TestFolder, name: string): Pick<TestCertificate, 'certificateFile' | 'keyFile'> {
  return { certificateFile: folder.file(`${name}.crt`), keyFile: folder.file(`${name}.key`) };
}

function openssl(...args: string[][]): void {
  execFileSync('openssl', args.flat(), { stdio: ['ignore', 'ignore', 'pipe'] });
}
