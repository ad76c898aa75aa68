import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { finished, start, startOnTerminal, temporaryFolder, type Finished } from '../testing/cli';
import { machineWithout, withoutRightsOverFiles, type Place } from '../testing/places';
import { until } from '../testing/processes';

/** Tests `bin/with-docker.mjs` with a fake `dockerd` that notes its start and its end. */

const withDocker = join(__dirname, '../../../bin/with-docker.mjs');

const folder = temporaryFolder();
const temporary = temporaryFolder();
const programs = temporaryFolder();
const socket = join(folder, 'docker.sock');
const notes = join(folder, 'notes');

/** Adds a program that takes precedence over those of the machine. */
function program(name: string, script: string): void {
  writeFileSync(join(programs, name), script);
  chmodSync(join(programs, name), 0o755);
}

const dockerd = `#!${process.execPath}
const { appendFileSync, rmSync } = require('node:fs');
const note = (line) => appendFileSync(${JSON.stringify(notes)}, line + '\\n');
note(['dockerd', ...process.argv.slice(2)].join(' '));
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => {
  note('ended by ' + signal);
  process.exit(0);
});
// Last: who reads this may send a signal at once.
note('pid ' + process.pid);
const server = require('node:http').createServer((request, response) => response.end('OK'));
const socket = process.argv[3].replace('unix://', '');
rmSync(socket, { force: true });
server.listen(socket);`;

beforeEach(() => {
  writeFileSync(notes, '');
  program('dockerd', dockerd);
  // A user other than root may start an engine with it.
  program('sudo', '#!/bin/sh\n[ "$1" = -n ] || exit 1\nshift\nexec "$@"\n');
});

/** The fake engine must not run on, not even after a failure. */
afterEach(async () => {
  const pid = noted()
    .find((line) => line.startsWith('pid '))
    ?.slice(4);
  if (pid) await until(() => !existsSync(`/proc/${pid}`), 'the engine to be gone');
  expect(readdirSync(temporary)).toEqual([]);
});

const noted = (): string[] => readFileSync(notes, 'utf8').split('\n').filter(Boolean);

interface Options {
  readonly env?: NodeJS.ProcessEnv;
  readonly place?: Place;
  readonly input?: string;
}

function startWith(argv: readonly string[], { env = {}, place = [], input }: Options = {}) {
  return start([...place, process.execPath, withDocker, ...argv], {
    env: {
      DOCKER_HOST: `unix://${socket}`,
      PATH: `${programs}:${process.env.PATH}`,
      TMPDIR: temporary,
      ...env,
    },
    ...(input === undefined ? {} : { input }),
  });
}

const run = (argv: readonly string[], options: Options = {}): Promise<Finished> =>
  finished(startWith(argv, options));

/** Waits until a command has written `on` to the notes, then does something to `with-docker`. */
async function interrupt(child: ChildProcess, how: () => void): Promise<Finished> {
  const end = finished(child);
  await until(() => noted().includes('on'), 'the command to begin');
  how();
  return end;
}

/** A command that goes on until it gets a signal. */
const untilSignal = (name: string): string =>
  `trap "echo command ended >>${notes}; exit 9" ${name}; echo on >>${notes}; while :; do sleep 0.05; done`;

const refused = (line: string): Finished => ({ exitCode: 3, stdout: '', stderr: `with-docker: ${line}\n` });

test('without a command it says how it is used', async () => {
  expect(await run([])).toEqual(
    refused('no command is given; usage: node bin/with-docker.mjs COMMAND [ARGUMENT...] [USAGE]'),
  );
});

describe('an engine that answers', () => {
  let engine: Server;
  let status = 200;
  beforeEach(async () => {
    status = 200;
    engine = createServer((_request, response) => response.writeHead(status).end('OK'));
    await new Promise<void>((resolve) => engine.listen(socket, resolve));
  });
  afterEach(() => new Promise((resolve) => engine.close(resolve)));

  test('is used: the command has our input and outputs, and its exit status is ours', async () => {
    expect(await run(['sh', '-c', 'cat; echo oh >&2; exit 7'], { input: 'in' })).toEqual({
      exitCode: 7,
      stdout: 'in',
      stderr: 'oh\n',
    });
    expect((await run(['sh', '-c', 'kill -9 $$'])).exitCode).toBe(137);
    expect(noted()).toEqual([]);
  });

  test('a command that is not there', async () => {
    expect(await run(['no-such-command'])).toEqual(
      refused('cannot run no-such-command (ENOENT); check its name [NO_COMMAND]'),
    );
  });

  test('a signal is passed on', async () => {
    const child = startWith(['sh', '-c', untilSignal('TERM')]);
    expect((await interrupt(child, () => child.kill('SIGTERM'))).exitCode).toBe(9);
  });

  test('that one may not use', async () => {
    chmodSync(socket, 0);
    expect(await run(['true'], { place: withoutRightsOverFiles })).toEqual(
      refused(
        `you may not use the Docker Engine at ${socket}; as root: usermod --append --groups docker USER, then log in again [ENGINE_FORBIDDEN]`,
      ),
    );
  });

  test('that is none', async () => {
    status = 404;
    expect(await run(['true'])).toEqual(
      refused(`what answers at ${socket} is no Docker Engine (HTTP 404); see what it is [ENGINE_UNWELL]`),
    );
  });
});

test('an engine on another machine is for the command to find', async () => {
  const env = { DOCKER_HOST: 'tcp://192.0.2.1:2376' };
  expect(await run(['sh', '-c', 'echo $DOCKER_HOST'], { env })).toMatchObject({
    exitCode: 0,
    stdout: 'tcp://192.0.2.1:2376\n',
  });
  expect(noted()).toEqual([]);
});

describe('no engine', () => {
  test('one is started, answers before the command begins, and ends after it', async () => {
    const script = `[ -S ${socket} ] && echo "command" >>${notes}; exit 7`;
    expect(await run(['sh', '-c', script])).toEqual({ exitCode: 7, stdout: '', stderr: '' });
    expect(noted()).toEqual([
      `dockerd --host unix://${socket}`,
      expect.stringMatching(/^pid/) as string,
      'command',
      'ended by SIGTERM',
    ]);
  });

  test('as an ordinary user it is started with sudo', async () => {
    program(
      'sudo',
      `#!/bin/sh\n[ "$1" = -n ] || exit 1\nshift\n[ "$1" = true ] || echo sudo >>${notes}\nexec "$@"\n`,
    );
    expect((await run(['true'], { place: asNobody })).exitCode).toBe(0);
    expect(noted()[0]).toBe('sudo');
    expect(noted().at(-1)).toBe('ended by SIGTERM');
    program('sudo', '#!/bin/sh\nexit 1\n');
    writeFileSync(notes, '');
    expect(await run(['true'], { place: asNobody })).toEqual(
      refused(
        `no Docker Engine answers at ${socket}, and only root may start one; as root: systemctl start docker, or dockerd [NO_ENGINE]`,
      ),
    );
  });

  test('nor is one installed', async () => {
    const place = machineWithout(['dockerd']);
    expect(await run(['true'], { place, env: { PATH: process.env.PATH } })).toEqual(
      refused(
        `no Docker Engine answers at ${socket}, and none is installed; node bin/setup.mjs --for-docker installs it [NO_ENGINE]`,
      ),
    );
  });

  test('one that cannot start is quoted', async () => {
    program('dockerd', '#!/bin/sh\necho starting\necho "no room for images" >&2\nexit 1\n');
    expect(await run(['true'])).toEqual(
      refused(
        'dockerd ended at its start: no room for images; mend that, or start an engine by other means [ENGINE_NOT_STARTED]',
      ),
    );
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    '%s ends the command, and then the engine',
    async (signal) => {
      const child = startWith(['sh', '-c', untilSignal(signal.slice(3))]);
      expect((await interrupt(child, () => child.kill(signal))).exitCode).toBe(9);
      expect(noted().slice(2)).toEqual(['on', 'command ended', 'ended by SIGTERM']);
    },
  );

  test('a signal before it answers ends it, and the command never begins', async () => {
    program('dockerd', dockerd.replace(/server\.listen.*/, 'setInterval(() => undefined, 1000);'));
    const child = startWith(['sh', '-c', `echo command >>${notes}`]);
    const end = finished(child);
    await until(() => noted().length === 2, 'the engine to start');
    child.kill('SIGTERM');
    expect(await end).toEqual({ exitCode: 143, stdout: '', stderr: '' });
    expect(noted().slice(2)).toEqual(['ended by SIGTERM']);
  });

  test('Ctrl-C at a terminal reaches the command once, and the engine not at all', async () => {
    const typed = startOnTerminal([process.execPath, withDocker, 'sh', '-c', untilSignal('INT')], {
      DOCKER_HOST: `unix://${socket}`,
      PATH: `${programs}:${process.env.PATH}`,
      TMPDIR: temporary,
    });
    expect((await interrupt(typed, () => typed.stdin!.write('\x03'))).exitCode).toBe(9);
    expect(noted().slice(2)).toEqual(['on', 'command ended', 'ended by SIGTERM']);
  });

  test('SIGKILL ends the engine in order, too', async () => {
    const child = startWith(['sh', '-c', `echo on >>${notes}; exec sleep 1`]);
    await interrupt(child, () => child.kill('SIGKILL'));
    await until(() => noted().includes('ended by SIGTERM'), 'the engine to end');
  });
});

/** The files still belong to this user, but the user has another id. */
const asNobody: Place = ['unshare', '--user', '--map-user=65534', '--map-group=65534'];
