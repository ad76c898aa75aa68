import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { BridgeError } from './errors';

/** The folders of the programs of a system; Debian has some where an ordinary user's PATH does not look. */
const systemFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/**
 * The folders in which programs are looked for: the system's folders, and the caller's PATH behind them, for what the system has not.
 * In this order, so that it does not matter who calls: an `openssl` or `ip` of the caller's own is not the system's.
 * Folders that are named from where the caller stands are left out, for programs start elsewhere.
 */
export function searchPath(path: string | undefined = process.env.PATH): string {
  const folders = (path ?? '').split(':').filter((folder) => folder.startsWith('/'));
  return [...new Set([...systemFolders, ...folders])].join(':');
}

/** Which Debian package has a program that this package runs. */
const debianPackages: Readonly<Record<string, string>> = {
  sh: 'dash',
  perl: 'perl-base',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  mount: 'mount',
  env: 'coreutils',
  ip: 'iproute2',
  tc: 'iproute2',
  bridge: 'iproute2',
  nft: 'nftables',
  newuidmap: 'uidmap',
  newgidmap: 'uidmap',
  ping: 'iputils-ping',
};

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @throws BridgeError `MISSING_PROGRAM` for the first of the programs that is not installed. */
export function requirePrograms(programs: readonly string[], path: string = searchPath()): void {
  const folders = path.split(':');
  for (const program of programs) {
    if (folders.some((folder) => isExecutable(join(folder, program)))) continue;
    const debianPackage = debianPackages[program] ?? program;
    throw new BridgeError(
      'MISSING_PROGRAM',
      `the program "${program}" is not installed; run: apt-get install ${debianPackage}`,
    );
  }
}
