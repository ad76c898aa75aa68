import { chownSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { finished, resultIn, start, temporaryFolder, verdictsOf, type Finished } from '../../testing/cli';
import { outputOf } from './build-image';
import { engineClient } from './engine';
import { volumes } from './testing/things';
import { wholeImageName } from './whole-image';

/** The whole lab in one container, as docs/docker-image.md has it. */

const folder = temporaryFolder();
const asUser = [
  ...['--cap-drop', 'ALL', '--cap-add', 'SETUID', '--cap-add', 'SETGID', '--cap-add', 'SYS_ADMIN'],
  ...['--security-opt', 'systempaths=unconfined'],
];
const asRoot = ['--cap-add', 'SYS_ADMIN', '--cap-add', 'NET_ADMIN'];
/** Somebody whom the image does not know. */
const stranger = 1234;

/** Makes a folder of the stranger's, and runs the image with these rights and arguments on it. */
function run(name: string, rights: readonly string[], args: readonly string[]): Promise<Finished> {
  const out = join(folder, name);
  mkdirSync(out);
  chownSync(out, stranger, stranger);
  const container = ['docker', 'run', '--rm', '--network', 'none', ...rights, '-v', `${out}:/out`];
  return finished(start([...container, wholeImageName, ...args]));
}

/** Returns the owners of all files below a folder, each once. */
const ownersIn = (path: string): number[] => [
  ...new Set(
    readdirSync(path, { recursive: true, encoding: 'utf8' }).map((file) => statSync(join(path, file)).uid),
  ),
];

test.each([
  ['an ordinary user', asUser],
  ['root of the container', asRoot],
])('as %s it measures, and the results belong to the owner of the folder', async (name, rights) => {
  const { exitCode, stderr, stdout } = await run(name, rights, [
    ...[
      'run',
      'register',
      '--firewall',
      '6',
      '--suite',
      'aes',
      '--out',
      'register',
      '--reporter',
      'markdown',
    ],
  ]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(/^\| 6 +web ports only *\| *step 3/m);
  const out = join(folder, name);
  expect(verdictsOf(resultIn(join(out, 'register')))).toEqual({
    '6/register/aes/1-udp:5060': 'blocked',
    '6/register/aes/2-udp:5060': 'blocked',
    '6/register/aes/2-tls:5061': 'blocked',
    '6/register/aes/3-tls:443': 'passed',
  });
  expect(ownersIn(out)).toEqual([stranger]);
});

test('where the results cannot be given to the owner of the folder, it says so, and ends as ever', async () => {
  const args = ['run', '--shard', '2/2', '--firewall', '6', '--out', 'none'];
  const { exitCode, stderr } = await run('kept', [...asRoot, '--cap-drop', 'CHOWN'], args);
  expect({ exitCode, stderr: stderr.split('\n') }).toEqual({
    exitCode: 3,
    stderr: [
      expect.stringMatching(/ \[SHARD_EMPTY\]$/),
      "nimsfw: files in /out stay root's, as not all could be given to the owner of the folder; change their owner yourself [NOT_GIVEN]",
      '',
    ],
  });
  expect(ownersIn(join(folder, 'kept'))).toEqual([0]);
});

test('the doctor says of each way that the lab can be run', async () => {
  for (const [name, rights] of Object.entries({ user: asUser, root: asRoot }))
    expect(await run(`doctor-${name}`, rights, ['doctor'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/\nThis machine can run the lab\.\n/) as string,
    });
});

test('without rights it says in one line what is refused', async () => {
  expect(await run('without', [], ['run', '--out', 'none'])).toEqual({
    exitCode: 3,
    stdout: '',
    stderr:
      'nimsfw: making namespaces as an ordinary user failed: unshare: unshare failed: Operation not permitted; run as root instead, or allow user namespaces [NETWORK_START_FAILED]\n',
  });
});

test('asking it for a version, as when it is built, leaves no volume', async () => {
  const before = await volumes();
  expect(await outputOf(engineClient(), wholeImageName, ['kamailio', '-v'])).toContain('kamailio 5.');
  expect(await volumes()).toEqual(before);
});
