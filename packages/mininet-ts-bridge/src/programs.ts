import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { BridgeError } from './errors';

/** Debian keeps some of what a lab needs where an ordinary user's PATH does not look. */
const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];

/** The caller's PATH, with the system folders behind it. */
export function searchPath(path: string | undefined = process.env.PATH): string {
  const folders = (path ?? '').split(':').filter((folder) => folder !== '');
  return [...folders, ...systemFolders.filter((folder) => !folders.includes(folder))].join(':');
}

/** Which Debian package has a program that this package runs. */
const debianPackages: Readonly<Record<string, string>> = {
  sh: 'dash',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  setsid: 'util-linux',
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
