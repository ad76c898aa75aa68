import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { searchPath } from './programs';

/** Runs a shell command line and returns the last line of its output, read as JSON. */
function lastLine(argv: readonly string[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const [program = '', ...args] = argv;
    execFile(program, args, { env: { ...process.env, PATH: searchPath() } }, (error, stdout, stderr) => {
      const line = stdout.trim().split('\n').at(-1);
      if (error || !line) reject(new Error(`${error?.message ?? 'no output'}; ${stderr}`));
      else resolve(JSON.parse(line));
    });
  });
}

/** Prints, as JSON, what `startNetwork` came to. `library` is the folder of the built package. */
function program(library: string): string {
  return `
    const { startNetwork, Topo, isRunning } = require('${library}/index.js');
    (async () => {
      const topo = new Topo()
        .host('h1', { ip: '10.0.0.1/24' })
        .host('h2', { ip: '10.0.0.2/24' })
        .switch('s1')
        .link('h1', 's1')
        .link('h2', 's1', { loss: 0.0001 });
      const net = await startNetwork(topo);
      const { received } = await net.pingAll();
      const user = await net.host('h1').run('setpriv --reuid 33 --regid 33 --clear-groups id -u'.split(' '));
      const other = net.host('h1').spawn('setpriv --reuid 33 --regid 33 --clear-groups sleep 1000'.split(' '));
      await other.stop();
      const sleep = await other.exited;
      const { userNamespace } = net.handle;
      await net.stop();
      return { outside: process.getuid(), received, user, sleep, userNamespace, running: isRunning(net.handle) };
    })().catch(({ code, message }) => ({ code, message })).then((result) => console.log(JSON.stringify(result)));`;
}

/**
 * Becomes `nobody` with a range of subordinate ids, without touching the machine: /etc/subuid and /etc/subgid are
 * covered in a mount namespace of its own, and node and this package are bound to where `nobody` can read them.
 */
const asNobody = `
  set -e
  mount -t tmpfs tmpfs /mnt
  mkdir /mnt/node /mnt/library
  mount --bind "$1" /mnt/node
  mount --bind "$2" /mnt/library
  echo nobody:200000:65536 >/mnt/ids
  chmod 644 /mnt/ids
  mount --bind /mnt/ids /etc/subuid
  mount --bind /mnt/ids /etc/subgid
  exec setpriv --reuid=65534 --regid=65534 --clear-groups env -C / "/mnt/node/$3" -e "$4"
`;

test('an ordinary user has the same network, and programs in it may change to other users', async () => {
  const isRoot = process.getuid?.() === 0;
  const [node, name] = [
    dirname(process.execPath),
    process.execPath.slice(dirname(process.execPath).length + 1),
  ];
  const argv = isRoot
    ? [
        'unshare',
        '--mount',
        'sh',
        '-c',
        asNobody,
        'as-nobody',
        node,
        __dirname,
        name,
        program('/mnt/library'),
      ]
    : [process.execPath, '-e', program(__dirname)];
  expect(await lastLine(argv)).toEqual({
    outside: isRoot ? 65534 : process.getuid?.(),
    received: 2,
    user: '33\n',
    // 128 + SIGTERM: the lab's owner may end processes that run under another id in it.
    sleep: 143,
    userNamespace: true,
    running: false,
  });
});

/** Inside a user namespace of its own this process has the given id, so that it counts as an ordinary user. */
const asUser = 'unshare --user --map-user=65534 --map-group=65534';

test('a user without subordinate ids is told how to get them', async () => {
  const script = `
    mount --bind /dev/null /etc/subuid && mount --bind /dev/null /etc/subgid &&
    exec ${asUser} "$0" -e "$1"`;
  const argv = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', script];
  expect(await lastLine([...argv, process.execPath, program(__dirname)])).toEqual({
    code: 'NO_SUBUID_RANGE',
    message: expect.stringMatching(
      /^user nobody has no range of subordinate ids \(.*\); run as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 nobody$/,
    ) as string,
  });
});

test('a user on a system without user namespaces is told which setting turns them on', async () => {
  // The setting belongs to a user namespace, so the machine's own is not touched.
  const script = 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$0" -e "$1"';
  const argv = [
    ...asUser.split(' '),
    '--keep-caps',
    'sh',
    '-c',
    script,
    process.execPath,
    program(__dirname),
  ];
  expect(await lastLine(argv)).toEqual({
    code: 'USER_NAMESPACES_OFF',
    message:
      'this system does not let ordinary users make user namespaces; ' +
      'run as root: sysctl -w user.max_user_namespaces=15000',
  });
});
