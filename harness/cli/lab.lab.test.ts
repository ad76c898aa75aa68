import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished, startCli, temporaryFolder } from '../testing/cli';
import { addedTo, ownNamespaces, remainsIn } from '../testing/places';
import { family, leftOf, processes, until } from '../testing/processes';
import { addressOf, commandsIn, describeRunningLab } from './testing/running-lab';

/**
 * Tests `nimsfw up` and the commands for the lab that it keeps with the stock tools of the machine, and what
 * the commands do independently of the backend.
 */

const folder = temporaryFolder();
const place = ownNamespaces();
const { nimsfw, nodes, sClient, deniedBy } = commandsIn(place);

/**
 * Finds the keeper of this file's lab, which is in this file's network namespace, and all processes that it
 * started.
 */
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
    return ''; // the process has ended in the meantime
  }
}

describe('a running lab', () => {
  describeRunningLab('netns', { place, folder }, () => {
    test('ps lists the same for a reader', async () => {
      const { stdout } = await nimsfw(['ps']);
      for (const { id, addresses } of await nodes()) {
        expect(stdout).toContain(` ${id} `);
        for (const { ip, network } of addresses) expect(stdout).toContain(`${ip} (${network})`);
      }
    });

    test('options of the command are not options of nimsfw, also without --', async () => {
      const { stdout } = await nimsfw(['exec', 'ue-6', 'ls', '--version']);
      expect(stdout).toMatch(/^ls \(GNU coreutils\)/);
    });

    test('a signal that comes as soon as the command runs is for the command too', async () => {
      // The command can be faster than nimsfw, so nimsfw stands still from the start of the command until the
      // file is there.
      const sent = join(folder, 'signal-sent');
      const standStill = join(folder, 'stand-still.js');
      writeFileSync(
        standStill,
        `const { existsSync } = require('node:fs');
         const processes = require('node:child_process');
         const { spawn } = processes;
         processes.spawn = (...args) => {
           const child = spawn(...args);
           const word = new Int32Array(new SharedArrayBuffer(4));
           while (!existsSync(${JSON.stringify(sent)})) Atomics.wait(word, 0, 0, 10);
           return child;
         };`,
      );
      const child = startCli(
        ['exec', 'ue-6', '--', 'sh', '-c', 'trap "exit 9" TERM; echo on; while :; do sleep 0.05; done'],
        { place, env: { NODE_OPTIONS: `--require ${standStill}` } },
      );
      const exited = once(child, 'exit');
      await once(child.stdout!, 'data');
      child.kill('SIGTERM');
      writeFileSync(sent, '');
      expect(await exited).toEqual([9, null]);
    });

    test('the P-CSCF agrees on the NULL suite', async () => {
      const { stderr } = await sClient(
        'ue-6',
        '-connect',
        'pcscf:443',
        '-tls1_2',
        '-cipher',
        'NULL-SHA:@SECLEVEL=0',
      );
      expect(stderr).toContain('Ciphersuite: NULL-SHA');
    });

    test('behind type 8 there is no direct way, but one by the proxy', async () => {
      const all = await nodes();
      const [ue, pcscf] = [addressOf(all, 'ue-8', 'access-8'), addressOf(all, 'pcscf', 'transit')];
      const direct = startCli(['exec', 'ue-8', '--', 'openssl', 's_client', '-connect', 'pcscf:443'], {
        place,
      });
      const end = finished(direct);
      const line = await deniedBy('fw-8', /443/);
      direct.kill('SIGTERM');
      expect((await end).exitCode).toBe(143);
      expect(line).toMatch(new RegExp(`Z direct-not-allowed: tcp ${ue}:\\d+ > ${pcscf}:443 TCP SYN$`));

      const { exitCode, stderr } = await sClient('ue-8', '-proxy', 'proxy-8:3128', '-connect', 'pcscf:443');
      expect(exitCode).toBe(0);
      expect(stderr).toContain('Verification: OK');
      // The proxy's log has squid's line for the tunnel.
      await deniedBy('proxy-8', /TCP_TUNNEL\/200 CONNECT pcscf:443/);
      // The proxy's policy allows CONNECT to 443 only.
      const refused = await sClient('ue-8', '-proxy', 'proxy-8:3128', '-connect', 'pcscf:5061');
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toContain('403 Forbidden');
    });

    test('logs -f goes on as it comes', async () => {
      const following = startCli(['logs', '-f', 'fw-6'], { place });
      let text = '';
      following.stdout!.on('data', (chunk: Buffer) => (text += chunk.toString()));
      await until(() => text.includes('listening on nflog'), 'the log so far');
      expect(text).not.toContain(':1234 ');
      const probe = startCli(['exec', 'ue-6', '--', 'openssl', 's_client', '-connect', 'pcscf:1234'], {
        place,
      });
      await until(() => text.includes(':1234 TCP SYN'), 'the packet in the log that is followed');
      probe.kill('SIGTERM');
      following.kill('SIGINT');
      await Promise.all([once(following, 'exit'), once(probe, 'exit')]);
    });

    test('logs -f ends quietly when nobody reads on', async () => {
      const following = startCli(['logs', '-f', 'fw-6'], { place });
      let said = '';
      following.stderr!.on('data', (chunk: Buffer) => (said += chunk.toString()));
      await once(following.stdout!, 'data');
      following.stdout!.destroy();
      const probe = startCli(['exec', 'ue-6', '--', 'openssl', 's_client', '-connect', 'pcscf:1235'], {
        place,
      });
      const [code] = (await once(following, 'close')) as [number];
      probe.kill('SIGTERM');
      await once(probe, 'exit');
      expect({ code, said }).toEqual({ code: 0, said: '' });
    });

    test('capture -w - writes to standard output', async () => {
      const capture = startCli(['capture', 'fw-6', '-w', '-'], { place });
      const [header] = (await once(capture.stdout!, 'data')) as [Buffer];
      capture.kill('SIGINT');
      await finished(capture);
      // The magic number of pcap with microseconds.
      expect(header.readUInt32LE(0)).toBe(0xa1b2c3d4);
    });

    test.each([
      [
        ['exec', 'ue-5', 'true'],
        'there is no node ue-5; did you mean ue-6? nimsfw ps lists them [UNKNOWN_NODE]',
      ],
      [['logs', 'pcsfc'], 'there is no node pcsfc; did you mean pcscf? nimsfw ps lists them [UNKNOWN_NODE]'],
      [
        ['capture', 'ue-6:transit', '-w', '-'],
        'ue-6 has no link to transit; it has ue-6:access-6 [UNKNOWN_LINK]',
      ],
      [
        ['capture', 'ue-6', '-w', '/no/such/folder/x.pcap'],
        'cannot write /no/such/folder/x.pcap (ENOENT); choose another with -w [OUT_NOT_WRITABLE]',
      ],
      [
        ['up', '--firewall', '6'],
        'a lab is running already; use it, or end it with nimsfw down [LAB_RUNNING]',
      ],
    ])('%j is refused', async (args, line) => {
      expect(await nimsfw(args)).toEqual({ exitCode: 3, stdout: '', stderr: `nimsfw: ${line}\n` });
    });

    test('what anybody else writes to the socket does not end the lab', async () => {
      // Every user of this machine can connect to an abstract socket, since it has no owner.
      const write = `const socket = require('net').connect('\\0nimsfw-lab-0');
      socket.end('no question\\n{"ask":"logs"}\\n');
      socket.on('close', () => process.exit(0)).resume();`;
      const [program = '', ...rest] = [...place, process.execPath, '-e', write];
      expect((await once(spawn(program, rest, { stdio: 'ignore' }), 'close'))[0]).toBe(0);
      expect(await nodes()).toHaveLength(11);
    });

    test('a run beside the lab does not disturb it', async () => {
      const out = join(folder, 'beside');
      const run = await nimsfw(['run', 'register', '--firewall', '6', '--suite', 'aes', '--out', out]);
      expect(run).toMatchObject({ exitCode: 0, stderr: '' });
      expect((await nodes()).map(({ state }) => state)).toEqual(Array(11).fill('running'));
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
    expect(addedTo(place, before)).toEqual([]);
    expect((await nimsfw(['ps'])).stderr).toContain('[NO_LAB]');
    expect((await nimsfw(['up', '--firewall', '1'])).exitCode).toBe(0);
    expect((await nodes()).map(({ id }) => id)).toContain('ue-1');
    expect((await nimsfw(['down'])).exitCode).toBe(0);
  });

  test('boxes of one’s choice stand in it, and what one cannot do there is told', async () => {
    const script = join(folder, 'turn.sh');
    writeFileSync(script, '#!/bin/sh\necho "I serve $NIMSFW_ADDRESS"\n', { mode: 0o755 });
    const boxes = ['--proxy', 'tinyproxy', '--dns', 'dnsmasq'];
    const up = await nimsfw(['up', '--firewall', '0,intercepting', ...boxes]);
    expect(up).toMatchObject({
      exitCode: 0,
      stderr:
        'nimsfw: tinyproxy cannot re-sign TLS, as it should behind firewall intercepting; choose another box [BOX_LACKS]\n',
    });
    expect((await nodes()).map(({ id }) => id)).toEqual(
      expect.arrayContaining(['dns', 'proxy-intercepting']),
    );
    expect((await nimsfw(['logs', 'proxy-intercepting'])).stdout).toContain('tinyproxy');
    expect((await nimsfw(['down'])).exitCode).toBe(0);
    // A box that cannot stand there ends the start of the lab, as one of ours does.
    expect(await nimsfw(['up', '--firewall', '0', '--turn', script])).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: 'nimsfw: turn ended (exit 0): I serve 198.19.0.30; look at its log [NODE_DIED]\n',
    });
    expect((await nimsfw(['up', '--firewall', '0', '--turn', `${script}x`])).stderr).toBe(
      `nimsfw: the command at turn is not there: ${script}x; correct its path [COMMAND_MISSING]\n`,
    );
  });

  test('up that is interrupted says so and leaves nothing', async () => {
    const temporary = readdirSync(folder);
    const up = startCli(['up'], { place });
    const end = finished(up);
    // The signal comes in the middle of the start, when the lab's namespaces exist and the lab does not stand
    // yet.
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
