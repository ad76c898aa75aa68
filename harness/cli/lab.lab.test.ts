import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished, startCli, temporaryFolder } from '../testing/cli';
import { ownNamespaces, remainsIn } from '../testing/places';
import { family, leftOf, processes, until } from '../testing/processes';
import { commandsIn, describeRunningLab } from './testing/running-lab';

/** `nimsfw up` and what works on the lab that it keeps, with the stock tools of the machine. */

const folder = temporaryFolder();
const place = ownNamespaces();
const { nimsfw, nodes } = commandsIn(place);

/** The keeper of this file's lab, which is in this file's network namespace, and all that it started. */
function labProcesses(): { keeper: number; pids: number[] } {
  const all = processes();
  const here = all.find(({ pid }) => pid === Number(place[2]))?.netns;
  const keeper = all.find(({ pid, netns }) => netns === here && commandOf(pid).includes('keeper.js'));
  if (!keeper) throw new Error('no process keeps a lab');
  return { keeper: keeper.pid, pids: family(keeper.pid).map(({ pid }) => pid) };
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // gone meanwhile
  }
}

describe('a running lab', () => {
  describeRunningLab('netns', { place, folder }, () => {
    test('what anybody else writes to the socket does not end the lab', async () => {
      // An abstract socket has no owner: every user of this machine can connect.
      const write = `const socket = require('net').connect('\\0nimsfw-lab-0');
      socket.end('no question\\n{"ask":"logs"}\\n');
      socket.on('close', () => process.exit(0)).resume();`;
      const [program = '', ...rest] = [...place, process.execPath, '-e', write];
      expect((await once(spawn(program, rest, { stdio: 'ignore' }), 'close'))[0]).toBe(0);
      expect(await nodes()).toHaveLength(9);
    });

    test('a run beside the lab does not disturb it', async () => {
      const out = join(folder, 'beside');
      const run = await nimsfw(['run', 'register', '--firewall', '6', '--suite', 'aes', '--out', out]);
      expect(run).toMatchObject({ exitCode: 0, stderr: '' });
      expect((await nodes()).map(({ state }) => state)).toEqual(Array(9).fill('running'));
    });
  });

  test('down ends it and leaves nothing', async () => {
    const { keeper, pids } = labProcesses();
    expect(pids.length).toBeGreaterThan(10);
    expect(await nimsfw(['down'])).toEqual({ exitCode: 0, stdout: 'The lab is down.\n', stderr: '' });
    expect(leftOf([keeper])).toEqual([]);
    await until(() => leftOf(pids).length === 0, 'all processes of the lab to be gone');
  });
});

describe('no lab', () => {
  test.each([
    ['ps'],
    ['ps', '--json'],
    ['down'],
    ['exec', 'ue-6', 'true'],
    ['shell', 'ue-6'],
    ['logs', 'fw-6'],
  ])('%s %s', async (...args) => {
    expect(await nimsfw(args)).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: 'nimsfw: no lab is running; start one with nimsfw up [NO_LAB]\n',
    });
  });

  test('SIGKILL of the process that keeps the lab leaves nothing, and the next up works', async () => {
    const before = remainsIn(place);
    expect((await nimsfw(['up', '--firewall', '0'])).exitCode).toBe(0);
    const { keeper, pids } = labProcesses();
    process.kill(keeper, 'SIGKILL');
    await until(() => leftOf(pids).length === 0, 'all processes of the lab to be gone');
    expect(remainsIn(place)).toEqual(before);
    expect((await nimsfw(['ps'])).stderr).toContain('[NO_LAB]');
    expect((await nimsfw(['up', '--firewall', '1'])).exitCode).toBe(0);
    expect((await nodes()).map(({ id }) => id)).toContain('ue-1');
    expect((await nimsfw(['down'])).exitCode).toBe(0);
  });

  test('up that is interrupted says so and leaves nothing', async () => {
    const temporary = readdirSync(folder);
    const up = startCli(['up'], { place });
    const end = finished(up);
    // In the middle of starting: the lab's own namespaces are there, the lab does not stand yet.
    await until(() => family(up.pid!).length > 5, 'the lab to begin');
    const pids = family(up.pid!).map(({ pid }) => pid);
    up.kill('SIGINT');
    expect(await end).toEqual({
      exitCode: 3,
      stdout: '',
      stderr:
        'nimsfw: stopped before the lab stood, and nothing of it is left; nimsfw up starts it [INTERRUPTED]\n',
    });
    await until(() => leftOf(pids).length === 0, 'all processes of the lab to be gone');
    expect(readdirSync(folder)).toEqual(temporary);
    expect((await nimsfw(['ps'])).stderr).toContain('[NO_LAB]');
  });

  test('SIGKILL of an up that is not finished ends the lab too', async () => {
    const up = startCli(['up'], { place });
    await until(() => family(up.pid!).length > 5, 'the lab to begin');
    const pids = family(up.pid!).map(({ pid }) => pid);
    up.kill('SIGKILL');
    await until(() => leftOf(pids).length === 0, 'all processes of the lab to be gone');
  });

  test('ps while the lab is starting waits until it stands', async () => {
    const up = startCli(['up', '--firewall', '0'], { place });
    const end = finished(up);
    await until(async () => (await nimsfw(['ps'])).exitCode === 0, 'an answer of the lab');
    expect((await nodes()).map(({ id }) => id)).toContain('ue-0');
    expect((await end).exitCode).toBe(0);
    expect((await nimsfw(['down'])).exitCode).toBe(0);
  });
});
