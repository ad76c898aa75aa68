import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../harness/testing/cli';
import { containerOf, settings } from './testing/manifests';

/** The command lines of the jobs, run by a shell with a nimsfw that only tells its arguments. */

const folder = temporaryFolder();
beforeAll(() => {
  const program = join(folder, 'nimsfw');
  writeFileSync(program, '#!/bin/sh\nprintf "%s|" "$@"\n');
  chmodSync(program, 0o755);
});

/** Returns the arguments with which a job calls nimsfw. */
function argumentsOf(job: string, env: Readonly<Record<string, string>>): string[] {
  const [program, ...args] = containerOf(job).command!;
  const { stdout, stderr } = spawnSync(program!, args, {
    encoding: 'utf8',
    env: { PATH: `${folder}:${process.env.PATH}`, ...settings, ...env },
  });
  expect(stderr).toBe('');
  return stdout.split('|').slice(0, -1);
}

test.each([
  ['0', '1'],
  ['3', '4'],
])('index %s measures shard %s', (index, shard) => {
  expect(argumentsOf('nimsfw-shard', { JOB_COMPLETION_INDEX: index })).toEqual([
    ...['run', 'register', 'relay', '--firewall', 'all'],
    ...['--shard', `${shard}/4`, '--out', `/out/shard-${shard}`],
  ]);
});

test('the collector waits for every shard', () => {
  expect(argumentsOf('nimsfw-collect', { SHARDS: '3', FIREWALLS: '0-9,closed' })).toEqual([
    ...['merge', '--wait', '3600', '--firewall', '0-9,closed', '--out', '/out/merged'],
    ...['/out/shard-1', '/out/shard-2', '/out/shard-3'],
  ]);
});
