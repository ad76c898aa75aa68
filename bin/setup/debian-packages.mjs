import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError } from './failure.mjs';
import { findProgram, lastLines, rootPrefix, run, searchPath, stage } from './programs.mjs';

/** Debian packages, each with a program by which it is recognised where there is no dpkg. */
const packages = {
  uidmap: 'newuidmap',
  iproute2: 'ip',
  nftables: 'nft',
  iptables: 'iptables-nft',
  'perl-base': 'perl',
  tcpdump: 'tcpdump',
  kamailio: 'kamailio',
  'kamailio-tls-modules': undefined,
  'kamailio-outbound-modules': undefined,
  'kamailio-utils-modules': undefined,
  coturn: 'turnserver',
  'squid-openssl': 'squid',
  openssl: 'openssl',
  procps: 'ps',
};
/**
 * Real Mininet plays the exported script, and what it calls; tshark and jq check what a run has written as a stranger would.
 */
const packagesForTests = {
  mininet: 'mn',
  'iputils-ping': 'ping',
  ethtool: 'ethtool',
  tshark: 'tshark',
  jq: 'jq',
};
/**
 * The lab in containers: the engine, what makes the base image where no registry answers, and what reads the compose
 * file. They are looked for by their programs only: an engine from elsewhere does as well, and Debian's cannot stand
 * beside it. A client alone (`docker`) is no engine.
 */
const packagesForDocker = {
  'docker.io': 'dockerd',
  mmdebstrap: 'mmdebstrap',
  'docker-compose': 'docker-compose',
};

const installer = join(dirname(fileURLToPath(import.meta.url)), 'install-packages.mjs');

/** Installs the Debian packages that are missing: as root, or with sudo. */
export async function ensurePackages({ forTests, forDocker, systemRoot }) {
  const folders = searchPath(systemRoot);
  const lacking = Object.entries(forDocker ? packagesForDocker : {}).filter(
    ([, program]) => !findProgram(program, folders),
  );
  const wanted = { ...packages, ...(forTests ? packagesForTests : {}), ...Object.fromEntries(lacking) };
  const dpkgQuery = findProgram('dpkg-query', folders);
  const aptGet = findProgram('apt-get', folders);
  if (!dpkgQuery || !aptGet) return checkPrograms(wanted, folders);
  const missing = missingPackages(Object.keys(wanted), dpkgQuery);
  if (missing.length === 0) return;
  const asRoot = rootPrefix(folders, 'setup: password of %p, to install Debian packages: ');
  const command = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  if (!asRoot) {
    throw new SetupError('MISSING_PACKAGES', `Debian packages are missing; run as root: ${command}`);
  }
  await stage(`installing the Debian packages ${missing.join(' ')}`, async () => {
    const argv = [...asRoot, process.execPath, installer, systemRoot, ...missing];
    const env = { ...process.env, PATH: folders.join(':') };
    const { exitCode, output, interrupted } = await run(argv[0], argv.slice(1), {
      env,
      stdio: ['inherit', 'pipe', 'pipe'],
    });
    if (interrupted) process.exit(interrupted);
    if (exitCode === 0) return;
    throw new SetupError(
      'MISSING_PACKAGES',
      `apt-get could not install them; mend what it says above, or run as root: ${command}`,
      { output: lastLines(output) },
    );
  });
}

function missingPackages(names, dpkgQuery) {
  const { stdout } = spawnSync(
    dpkgQuery,
    ['--show', '--showformat=${Package} ${db:Status-Status}\n', ...names],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const installed = new Set((stdout ?? '').split('\n').filter((line) => line.endsWith(' installed')));
  return names.filter((name) => !installed.has(`${name} installed`));
}

function checkPrograms(wanted, folders) {
  // Root makes no user namespace, and so needs no newuidmap.
  const needed = Object.values(wanted).filter(
    (name) => name && !(name === 'newuidmap' && process.getuid() === 0),
  );
  const missing = needed.filter((name) => !findProgram(name, folders));
  if (missing.length === 0) return;
  throw new SetupError(
    'MISSING_PROGRAMS',
    `this system has no apt-get, so install by its own means: ${missing.join(', ')} (squid with ssl_bump; Kamailio with its tls, outbound and utils modules)`,
  );
}
