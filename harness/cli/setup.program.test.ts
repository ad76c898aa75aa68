import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { debianPackages } from '../lab/debian-packages';

/**
 * Runs `bin/setup.mjs` in its own project and on its own system, where every program that it may start is a
 * small script that notes its call.
 */

/** The top of this project; this file runs from `dist/harness/cli`. */
const top = join(__dirname, '../../..');
const isRoot = process.getuid?.() === 0;

/** The packages that the lab needs; harness/lab/debian-packages.test.ts checks which ones. */
const needed = debianPackages();
const noted = {
  lab: needed,
  choices: {
    coturn: [{ name: 'coturn', program: 'turnserver' }],
    baresip: [{ name: 'baresip', program: 'baresip' }],
  },
};
const basePackages = needed.map(({ name }) => name).join(' ');

let folder: string;
let system: string;
let calls: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nimsfw-setup-'));
  system = join(folder, 'system');
  calls = join(folder, 'calls');
  for (const name of ['setup.mjs', 'setup'])
    cpSync(join(top, 'bin', name), join(folder, 'bin', name), { recursive: true });
  file('calls', '');
  file('system/usr/sbin/.keep', '');
  file('system/etc/subuid', 'nobody:100000:65536\n' + (isRoot ? '' : `${process.getuid?.()}:200000:65536\n`));
  file('system/etc/subgid', 'nobody:100000:65536\n' + (isRoot ? '' : `${process.getuid?.()}:200000:65536\n`));
  file('package-lock.json', JSON.stringify({ packages: lockedPackages }));
  // npm leaves out optional packages of other systems.
  const { 'node_modules/only-on-macos': _, ...here } = lockedPackages;
  file('node_modules/.package-lock.json', JSON.stringify({ packages: here }));
  // The compiler writes a stand-in for its output, and fails on a source that asks for it.
  file(
    'node_modules/typescript/bin/tsc',
    `const fs = require('node:fs');
     fs.appendFileSync(${JSON.stringify(calls)}, 'tsc ' + process.argv.slice(2).join(' ') + '\\n');
     if (fs.readFileSync('harness/main.ts', 'utf8') === 'wrong') { console.log('harness/main.ts(1,1): error'); process.exit(2); }
     fs.mkdirSync('dist/harness/lab', { recursive: true });
     fs.writeFileSync('dist/harness/main.js', '');
     fs.mkdirSync('dist/nodes/phones/chromium', { recursive: true });
     fs.writeFileSync('dist/harness/lab/debian-packages.js', ${JSON.stringify(`exports.notedPackages = () => (${JSON.stringify(noted)});`)});`,
  );
  // The bundler writes a program for each entry.
  file('node_modules/esbuild/package.json', '{ "main": "main.js" }');
  file(
    'node_modules/esbuild/main.js',
    `const fs = require('node:fs');
     exports.build = async ({ entryPoints = [], outdir, write = true }) => {
       if (fs.readFileSync('harness/main.ts', 'utf8') === 'loose') throw new Error('Could not resolve "x"');
       if (!write) return { metafile: { inputs: {} }, outputFiles: [{ text: '' }] };
       if (!outdir) return { metafile: { inputs: {} } };
       fs.mkdirSync(outdir, { recursive: true });
       for (const { out } of entryPoints) fs.writeFileSync(outdir + '/' + out + '.js', '(function () {})');
       return { metafile: { inputs: {} } };
     };`,
  );
  // There are sources to compile, which an installed package does not have.
  file('tsconfig.json', '{}');
  file('harness/main.ts', 'right');
  installed(`${basePackages} baresip mininet iputils-ping ethtool tshark jq user-mode-linux kmod`);
  program('apt-get', '');
  program('npm', '');
  program('systemctl', '');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lockedPackages = {
  '': { version: '1.0.0' },
  'node_modules/zod': { version: '4.0.0', integrity: 'sha512-a' },
  'node_modules/only-on-macos': { version: '1.0.0', optional: true },
};

function file(name: string, content: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
}

/** Adds a program to the system, which notes its call first. */
function program(name: string, script: string): void {
  file(`programs/${name}`, `#!/bin/sh\necho "${name} $*" >> ${calls}\n${script}\n`);
  chmodSync(join(folder, 'programs', name), 0o755);
}

/** Makes dpkg report these packages as installed, and no others. */
function installed(packages: string): void {
  const lines = packages.split(' ').map((name) => `echo '${name} installed'`);
  file('programs/dpkg-query', ['#!/bin/sh', ...lines, "echo 'left-over config-files'"].join('\n'));
  chmodSync(join(folder, 'programs/dpkg-query'), 0o755);
}

const called = (): string[] => readFileSync(calls, 'utf8').trimEnd().split('\n').filter(Boolean);

interface Options {
  readonly args?: readonly string[];
  /** True to run as a user other than root. */
  readonly ordinary?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Called when the process has started, with a function that sends it signals. */
  readonly started?: (kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs the setup, after the compiler has run, unless the test is about the compiler. */
async function setup({ args = [], ordinary = false, env = {}, started }: Options = {}) {
  const argv = [process.execPath, join(folder, 'bin/setup.mjs'), '--system-root', system, ...args];
  // Both users are tried, whichever runs the tests.
  const prefix =
    ordinary && isRoot
      ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
      : !ordinary && !isRoot
        ? ['unshare', '--user', '--map-root-user']
        : [];
  if (ordinary && isRoot) await make(`chown -R 65534:65534 "$1"`);
  const [file = '', ...rest] = [...prefix, ...argv];
  const child = spawn(prefix.length > 0 ? `/usr/bin/${file}` : file, rest, {
    cwd: folder,
    env: { PATH: join(folder, 'programs'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started?.((signal) => child.kill(signal));
  const [stdout, stderr, exitCode] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on('close', resolve)),
  ]);
  return { stdout, stderr: stderr.replace(/\d+\.\d s$/gm, 'N s'), exitCode };
}

async function make(script: string): Promise<void> {
  const child = spawn('/bin/sh', ['-c', script, 'sh', folder], { stdio: 'ignore' });
  await new Promise((resolve) => child.on('close', resolve));
}

/** Lets the setup compile, and forgets the calls. */
async function compiled(): Promise<void> {
  await setup();
  writeFileSync(calls, '');
}

const ready = { stdout: '', stderr: '', exitCode: 0 };

test('a machine that is ready is told nothing, and nothing is started', async () => {
  await compiled();
  expect(await setup()).toEqual(ready);
  expect(await setup({ args: ['--for-tests'] })).toEqual(ready);
  expect(called()).toEqual([]);
});

test('an argument that it does not know', async () => {
  expect(await setup({ args: ['--for-test'] })).toEqual({
    stdout: '',
    stderr:
      'setup: unknown argument "--for-test"; usage: node bin/setup.mjs [--for-tests] [--for-docker] [--with BOX,...] [USAGE]\n',
    exitCode: 3,
  });
});

describe('npm', () => {
  const npmCi = 'npm ci --include=dev --no-audit --no-fund';

  beforeEach(compiled);

  test('modules that are missing are installed', async () => {
    rmSync(join(folder, 'node_modules/.package-lock.json'));
    expect((await setup()).stderr).toMatch(/^setup: npm ci \.\.\. N s\n/);
    expect(called()).toContain(npmCi);
  });

  test('modules that differ from the lock are installed, whatever their dates', async () => {
    const newer = { ...lockedPackages, 'node_modules/zod': { version: '4.0.1', integrity: 'sha512-b' } };
    file('package-lock.json', JSON.stringify({ packages: newer }));
    utimesSync(join(folder, 'package-lock.json'), 0, 0);
    await setup();
    expect(called()).toContain(npmCi);
  });

  test('without a lock, modules that are there stay', async () => {
    rmSync(join(folder, 'package-lock.json'));
    expect(await setup()).toEqual(ready);
    rmSync(join(folder, 'node_modules/.package-lock.json'));
    await setup();
    expect(called()).toContain('npm install --include=dev --no-audit --no-fund');
  });

  test('npm itself is used where npm started the setup', async () => {
    rmSync(join(folder, 'node_modules/.package-lock.json'));
    file(
      'npm-cli.js',
      `require('node:fs').appendFileSync(${JSON.stringify(calls)}, 'npm-cli ' + process.argv[2] + '\\n')`,
    );
    await setup({ env: { npm_execpath: join(folder, 'npm-cli.js') } });
    expect(called()).toContain('npm-cli ci');
  });

  test('when it says a lot, its first and its last words are shown', async () => {
    rmSync(join(folder, 'node_modules/.package-lock.json'));
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`);
    program('npm', `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')}; exit 1`);
    const shown = [...lines.slice(0, 15), '...', ...lines.slice(25)].join('\n');
    expect((await setup()).stderr).toContain(`failed\n${shown}\nsetup: npm ci failed`);
  });

  test('when it fails, its words are shown', async () => {
    rmSync(join(folder, 'node_modules/.package-lock.json'));
    program('npm', 'echo "npm error network" >&2; exit 1');
    expect(await setup()).toEqual({
      stdout: '',
      stderr:
        'setup: npm ci ... failed\nnpm error network\n' +
        'setup: npm ci failed; mend what it says above and start again [NPM_FAILED]\n',
      exitCode: 3,
    });
  });
});

describe('Debian packages', () => {
  const policy = () => join(system, 'usr/sbin/policy-rc.d');
  const install = (packages: string): string =>
    `apt-get -o DPkg::Lock::Timeout=120 install -q -y --no-install-recommends --no-remove ${packages}`;

  beforeEach(compiled);

  test('those that are missing are installed, by root', async () => {
    installed(basePackages.replace(' coturn', '').replace(' uidmap', ''));
    expect(await setup()).toEqual({
      stdout: '',
      stderr: 'setup: installing the Debian packages uidmap coturn ... N s\n',
      exitCode: 0,
    });
    expect(called()).toEqual(['apt-get -o DPkg::Lock::Timeout=120 update -q', install('uidmap coturn')]);
  });

  test('for the tests there are more', async () => {
    installed(basePackages);
    expect(await setup()).toEqual(ready);
    await setup({ args: ['--for-tests'] });
    expect(called()).toContain(
      install('baresip mininet iputils-ping ethtool tshark jq user-mode-linux kmod'),
    );
  });

  test('a box that one can choose brings its own', async () => {
    installed(basePackages);
    expect(await setup({ args: ['--with', 'coturn'] })).toEqual(ready);
    await setup({ args: ['--with', 'coturn,baresip'] });
    expect(called()).toContain(install('baresip'));
    expect(await setup({ args: ['--with', 'baresib'] })).toEqual({
      stdout: '',
      stderr: 'setup: there is no box "baresib"; there is coturn, baresip [UNKNOWN_BOX]\n',
      exitCode: 3,
    });
  });

  test('for Docker there are more, and an engine from elsewhere does as well', async () => {
    installed(basePackages);
    // The client `docker` alone is no engine.
    program('docker', '');
    await setup({ args: ['--for-docker'] });
    expect(called()).toContain(install('docker.io mmdebstrap docker-compose'));
    writeFileSync(calls, '');
    program('dockerd', '');
    program('docker-compose', '');
    await setup({ args: ['--for-docker'] });
    expect(called()).toContain(install('mmdebstrap'));
    writeFileSync(calls, '');
    program('mmdebstrap', '');
    expect(await setup({ args: ['--for-docker'] })).toEqual(ready);
    expect(called()).toEqual([]);
  });

  test('a package of which only the configuration is left is missing', async () => {
    installed(basePackages.replace(' coturn', ''));
    file(
      'programs/dpkg-query',
      readFileSync(join(folder, 'programs/dpkg-query'), 'utf8') + "\necho 'coturn config-files'",
    );
    await setup();
    expect(called()).toContain(install('coturn'));
  });

  test('their daemons may not start meanwhile, and what was newly enabled is disabled', async () => {
    installed(basePackages.replace(' coturn', ''));
    const wants = join(system, 'etc/systemd/system/multi-user.target.wants');
    mkdirSync(wants, { recursive: true });
    symlinkSync('/lib/systemd/system/mine.service', join(wants, 'mine.service'));
    program(
      'apt-get',
      `case $* in *install*) ${policy()} coturn start; echo "policy says $?" >> ${calls}
         /bin/ln -s /lib/systemd/system/coturn.service ${wants}/coturn.service
         /bin/ln -s /lib/systemd/system/coturn.socket ${wants}/coturn.socket
         /bin/mkdir -p ${system}/etc/rc3.d; /bin/ln -s ../init.d/old-daemon ${system}/etc/rc3.d/S01old-daemon;; esac`,
    );
    expect((await setup()).exitCode).toBe(0);
    expect(called().slice(2)).toEqual([
      'policy says 101',
      'systemctl disable coturn.service',
      'systemctl disable coturn.socket',
      'systemctl disable old-daemon.service',
    ]);
    expect(existsSync(policy())).toBe(false);
  });

  test('without systemd, update-rc.d disables', async () => {
    installed(basePackages.replace(' coturn', ''));
    rmSync(join(folder, 'programs/systemctl'));
    program('update-rc.d', '');
    program('apt-get', `/bin/mkdir -p ${system}/etc/rc2.d; /bin/ln -sf x ${system}/etc/rc2.d/S01coturn`);
    await setup();
    expect(called().at(-1)).toBe('update-rc.d coturn disable');
  });

  test('a policy that the machine has stays', async () => {
    installed(basePackages.replace(' coturn', ''));
    file('system/usr/sbin/policy-rc.d', '#!/bin/sh\nexit 101\n');
    await setup();
    expect(readFileSync(policy(), 'utf8')).toBe('#!/bin/sh\nexit 101\n');
  });

  test('when apt-get fails, its last words are shown, and the policy goes', async () => {
    installed(basePackages.replace(' coturn', ''));
    program(
      'apt-get',
      'case $* in *update*) echo "no network"; exit 100;; *) echo "no such package" >&2; exit 100;; esac',
    );
    expect(await setup()).toEqual({
      stdout: '',
      stderr:
        'setup: installing the Debian packages coturn ... failed\nno network\nno such package\n' +
        'setup: apt-get could not install them; mend what it says above, or run as root: ' +
        'apt-get install --no-install-recommends coturn [MISSING_PACKAGES]\n',
      exitCode: 3,
    });
    expect(existsSync(policy())).toBe(false);
  });

  test('an update that fails does no harm where the lists are good enough', async () => {
    installed(basePackages.replace(' coturn', ''));
    program('apt-get', 'case $* in *update*) exit 100;; esac');
    expect((await setup()).exitCode).toBe(0);
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)('%s in the middle of it: the policy goes', async (signal, status) => {
    installed(basePackages.replace(' coturn', ''));
    file('waiting/.keep', '');
    program('apt-get', `case $* in *install*) echo $$ > ${folder}/waiting/pid; exec /bin/sleep 60;; esac`);
    let seen = false;
    const { exitCode } = await setup({
      started: (kill) => {
        const watcher = watch(join(folder, 'waiting'), interrupt);
        // The file may exist already before the watch begins.
        if (existsSync(join(folder, 'waiting/pid'))) interrupt();
        function interrupt(): void {
          watcher.close();
          seen = existsSync(policy());
          kill(signal);
        }
      },
    });
    expect(seen).toBe(true);
    expect(exitCode).toBe(status);
    expect(existsSync(policy())).toBe(false);
  });

  test('a policy that a killed setup left takes itself away, and does not stand in the way of the next', async () => {
    installed(basePackages.replace(' coturn', ''));
    program('apt-get', `case $* in *install*) /bin/cp ${policy()} ${folder}/left; esac`);
    await setup();
    const left = readFileSync(join(folder, 'left'), 'utf8');
    file('system/usr/sbin/policy-rc.d', left);
    chmodSync(policy(), 0o755);
    // The setup that wrote the policy has ended.
    await make(`${policy()} coturn start && touch "$1/allowed"`);
    expect(existsSync(join(folder, 'allowed'))).toBe(true);
    expect(existsSync(policy())).toBe(false);
    file('system/usr/sbin/policy-rc.d', left);
    expect((await setup()).exitCode).toBe(0);
    expect(existsSync(policy())).toBe(false);
  });

  test('an ordinary user without sudo is told the command', async () => {
    installed(basePackages.replace(' coturn', ''));
    expect(await setup({ ordinary: true })).toEqual({
      stdout: '',
      stderr:
        'setup: Debian packages are missing; run as root: ' +
        'apt-get install --no-install-recommends coturn [MISSING_PACKAGES]\n',
      exitCode: 3,
    });
  });

  test('an ordinary user whose sudo asks for a password, with nobody at a terminal, is told the command', async () => {
    installed(basePackages.replace(' coturn', ''));
    program('sudo', 'exit 1');
    expect((await setup({ ordinary: true })).stderr).toMatch(/\[MISSING_PACKAGES\]\n$/);
    expect(called()).toEqual(['sudo -n true']);
  });

  test('sudo that asks for no password is used', async () => {
    installed(basePackages.replace(' coturn', ''));
    program('sudo', 'shift; [ "$1" = true ] || exec "$@"');
    expect((await setup({ ordinary: true })).exitCode).toBe(0);
    expect(called()).toContain(install('coturn'));
  });

  test('a system without apt: the programs are looked for', async () => {
    rmSync(join(folder, 'programs/dpkg-query'));
    for (const name of 'ip unshare nft iptables-nft perl tcpdump kamailio turnserver squid'.split(' '))
      program(name, '');
    expect(await setup()).toEqual({
      stdout: '',
      stderr:
        'setup: this system has no apt-get, so install by its own means: openssl ' +
        '(squid with ssl_bump; Kamailio with its tls and outbound modules) [MISSING_PROGRAMS]\n',
      exitCode: 3,
    });
    program('openssl', '');
    expect(await setup()).toEqual(ready);
    expect((await setup({ ordinary: true })).stderr).toContain('by its own means: newuidmap (');
  });
});

describe('subordinate ids', () => {
  beforeEach(compiled);

  test('an ordinary user without a range is told the command, with a range that is free', async () => {
    file('system/etc/subuid', 'bob:100000:65536\ncarol:165536:65536\n');
    file('system/etc/subgid', 'bob:100000:65536\n');
    // The ids of users count as taken too. The id of nogroup lies beyond all ranges and is not in the way.
    file('system/etc/passwd', 'root:x:0:0::/root:/bin/sh\ndan:x:250000:100::/home/dan:/bin/sh\n');
    file('system/etc/group', 'users:x:100:\nnogroup:x:4294967294:\n');
    const { stderr, exitCode } = await setup({ ordinary: true });
    expect(stderr).toMatch(
      /^setup: user \S+ has no range of subordinate ids; run as root: usermod --add-subuids 250001-315536 --add-subgids 250001-315536 \S+ \[NO_SUBUID_RANGE\]\n$/,
    );
    expect(exitCode).toBe(3);
  });

  test('one with a range, and root without, are fit', async () => {
    expect(await setup({ ordinary: true })).toEqual(ready);
    file('system/etc/subuid', '');
    expect(await setup()).toEqual(ready);
  });
});

describe('compiling', () => {
  test('once, and again when a source is new, changed or gone', async () => {
    expect(await setup()).toEqual({ stdout: '', stderr: 'setup: compiling ... N s\n', exitCode: 0 });
    expect(await setup()).toEqual(ready);
    file('harness/main.ts', 'right too');
    await setup();
    file('nodes/ue/new.ts', '');
    await setup();
    rmSync(join(folder, 'nodes/ue/new.ts'));
    await setup();
    expect(await setup()).toEqual(ready);
    expect(called()).toEqual(['tsc -b', 'tsc -b', 'tsc -b', 'tsc -b']);
  });

  test('the output of a source that is gone goes, other files stay', async () => {
    file('dist/harness/gone.test.js', '');
    file('dist/harness/gone.test.d.ts', '');
    file('dist/harness/notes.txt', '');
    file('packages/mininet-ts-bridge/dist/gone.js', '');
    await setup();
    expect(existsSync(join(folder, 'dist/harness/gone.test.js'))).toBe(false);
    expect(existsSync(join(folder, 'dist/harness/gone.test.d.ts'))).toBe(false);
    expect(existsSync(join(folder, 'packages/mininet-ts-bridge/dist/gone.js'))).toBe(false);
    expect(existsSync(join(folder, 'dist/harness/notes.txt'))).toBe(true);
    expect(existsSync(join(folder, 'dist/harness/main.js'))).toBe(true);
  });

  test('an error is shown each time until it is mended', async () => {
    file('harness/main.ts', 'wrong');
    const failed = {
      stdout: '',
      stderr:
        'setup: compiling ... failed\nharness/main.ts(1,1): error\nsetup: the sources do not compile [BUILD_FAILED]\n',
      exitCode: 1,
    };
    expect(await setup()).toEqual(failed);
    expect(await setup()).toEqual(failed);
  });

  test('makes programs of what is compiled, and leaves none that is not made any more', async () => {
    file('dist/programs/gone.js', '');
    await setup();
    const made = readdirSync(join(folder, 'dist/programs')).sort();
    expect(made).toEqual(expect.arrayContaining(['LICENSES.txt', 'code', 'nimsfw.js', 'ue.js']));
    expect(made).not.toContain('gone.js');
    expect(readdirSync(join(folder, 'dist/programs/code'))).toEqual(
      expect.arrayContaining(['ue.cache', 'ue.js']),
    );
  });

  test('an import that leads nowhere is shown', async () => {
    file('harness/main.ts', 'loose');
    expect(await setup()).toEqual({
      stdout: '',
      stderr:
        'setup: compiling ... failed\nCould not resolve "x"\nsetup: the programs cannot be put together [BUILD_FAILED]\n',
      exitCode: 1,
    });
  });
});
