import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SetupError } from './failure.mjs';
import { findProgram, lastLines, rootPrefix, run, searchPath, stage } from './programs.mjs';

/** The file in which {@link notePackages} notes the packages that a lab needs. */
const noteFile = 'dist/debian-packages.json';

/**
 * The tests play the exported script in real Mininet, which calls ping and ethtool. They check the files that a run has
 * written with tshark and jq, as a stranger would. ESP in user space talks to that of a kernel, Debian's in a process.
 */
const packagesForTests = {
  mininet: 'mn',
  'iputils-ping': 'ping',
  ethtool: 'ethtool',
  tshark: 'tshark',
  jq: 'jq',
  'user-mode-linux': 'linux.uml',
  kmod: 'modprobe',
};
/**
 * The lab in containers needs an engine, a program that makes the base image if no registry answers, and one that
 * reads the compose file. They are looked for by their programs only, because an engine from elsewhere will do and
 * Debian's cannot be installed beside it. A client alone (`docker`) is no engine.
 */
const packagesForDocker = {
  'docker.io': 'dockerd',
  mmdebstrap: 'mmdebstrap',
  'docker-compose': 'docker-compose',
};

const installer = join(dirname(fileURLToPath(import.meta.url)), 'install-packages.mjs');

/**
 * Notes which Debian packages a lab needs. Its boxes declare them, and loading all boxes at every check would
 * take longer than the check itself.
 * @param project folder of the compiled project
 */
export function notePackages(project) {
  const { notedPackages } = createRequire(import.meta.url)(
    join(project, 'dist/harness/lab/debian-packages.js'),
  );
  writeFileSync(join(project, noteFile), `${JSON.stringify(notedPackages(), null, 2)}\n`);
}

/** Says whether {@link notePackages} has noted the packages. */
export const areNoted = (project) => existsSync(join(project, noteFile));

/**
 * Installs the missing Debian packages, as root or with sudo.
 * @param withBoxes names of boxes that a user can choose, whose packages are wanted too
 */
export async function ensurePackages(project, { forTests, forDocker, withBoxes, systemRoot }) {
  const folders = searchPath(systemRoot);
  const lacking = Object.entries(forDocker ? packagesForDocker : {}).filter(
    ([, program]) => !findProgram(program, folders),
  );
  const { lab, choices } = JSON.parse(readFileSync(join(project, noteFile), 'utf8'));
  for (const name of withBoxes) {
    if (Object.hasOwn(choices, name)) continue;
    const known = Object.keys(choices).join(', ');
    throw new SetupError('UNKNOWN_BOX', `there is no box "${name}"; there is ${known}`);
  }
  const wanted = {
    ...packagesOf(lab),
    // The tests try every box.
    ...packagesOf((forTests ? Object.keys(choices) : withBoxes).flatMap((name) => choices[name])),
    ...(forTests ? packagesForTests : {}),
    ...Object.fromEntries(lacking),
  };
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

/**
 * Maps each package to the program by which it is recognised, or to undefined if this
 * user does not need that program.
 */
const packagesOf = (needed) =>
  Object.fromEntries(
    needed.map(({ name, program, notForRoot }) => [
      name,
      notForRoot && process.getuid() === 0 ? undefined : program,
    ]),
  );

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
  const missing = Object.values(wanted).filter((name) => name && !findProgram(name, folders));
  if (missing.length === 0) return;
  throw new SetupError(
    'MISSING_PROGRAMS',
    `this system has no apt-get, so install by its own means: ${missing.join(', ')} (squid with ssl_bump; Kamailio with its tls and outbound modules)`,
  );
}
