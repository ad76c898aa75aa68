import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { spooled } from './spool';

const mebibytes = 8;
/** A script that writes so much and then says so on standard error. */
const writer = `head -c ${mebibytes * 1024 * 1024} /dev/zero; echo written >&2`;

function start(script: string): ChildProcess {
  const [program = '', ...argv] = spooled(['sh', '-c', script]);
  return spawn(program, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function bytesOf(child: ChildProcess): Promise<number> {
  let bytes = 0;
  for await (const chunk of child.stdout!) bytes += (chunk as Buffer).length;
  return bytes;
}

it('takes what the program writes though nobody reads, and gives all of it later', async () => {
  const child = start(writer);
  const exited = once(child, 'exit');
  // More than a pipe holds: without the spool the program would wait for the reader here.
  const [told] = (await once(child.stderr!, 'data')) as [Buffer];
  expect(told.toString()).toBe('written\n');
  expect(await bytesOf(child)).toBe(mebibytes * 1024 * 1024);
  expect(await exited).toEqual([0, null]);
});

it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  '%s is for the program, and its last words are read',
  async (signal) => {
    const child = start(
      `trap 'echo last; exit 7' ${signal.slice(3)}; echo ready; while :; do sleep 0.1; done`,
    );
    const exited = once(child, 'exit');
    const [ready] = (await once(child.stdout!, 'data')) as [Buffer];
    expect(ready.toString()).toBe('ready\n');
    child.kill(signal);
    let rest = '';
    for await (const chunk of child.stdout!) rest += String(chunk);
    expect(rest).toBe('last\n');
    expect(await exited).toEqual([7, null]);
  },
);

it('ends as the program does that was killed, or is not there', async () => {
  const killed = start('kill -KILL $$');
  expect(await once(killed, 'exit')).toEqual([137, null]);
  const [program = '', ...argv] = spooled(['/no/such/program']);
  const absent = spawn(program, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [words] = (await once(absent.stderr, 'data')) as [Buffer];
  expect(words.toString()).toMatch(/^cannot run \/no\/such\/program: No such file or directory/);
  expect((await once(absent, 'exit'))[0]).not.toBe(0);
});

it('ends with its reader', async () => {
  const child = start('while echo more; do :; done');
  const exited = once(child, 'exit');
  await once(child.stdout!, 'data');
  child.stdout!.destroy();
  await exited;
});
