import { execFile } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Makes a home whose browser trusts an authority beside those that it was built with: Chromium on Linux has no other place
 * for one than the NSS database of its user.
 * @param home absolute path of a folder
 * @param trustFile PEM of the authority
 * @throws Error one line with what `certutil` says
 */
export async function trustIn(home: string, trustFile: string): Promise<void> {
  const database = join(home, '.pki/nssdb');
  // Of one that is there already certutil asks the password.
  rmSync(database, { recursive: true, force: true });
  mkdirSync(database, { recursive: true });
  const certutil = (...args: readonly string[]) =>
    promisify(execFile)('certutil', [...args, '-d', `sql:${database}`], {
      env: { PATH: '/usr/bin:/bin', HOME: home },
    });
  await certutil('-N', '--empty-password');
  await certutil('-A', '-n', 'lab', '-t', 'C,,', '-i', trustFile);
}
