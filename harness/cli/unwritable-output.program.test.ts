import { spawnSync } from 'node:child_process';
import { nimsfw } from '../testing/cli';

/** Output that cannot be written is reported, and never as a verdict or with a stack trace. */

/** Runs `nimsfw` in a shell, which then prints its exit code. */
function shell(args: string, after: string): { said: string[]; stderr: string } {
  const command = `"$0" "$1" ${args} ${after}`;
  const { stdout, stderr } = spawnSync('bash', ['-c', command, process.execPath, nimsfw], {
    encoding: 'utf8',
  });
  return { said: stdout.trim().split('\n'), stderr };
}

const full =
  'nimsfw: standard output cannot be written (ENOSPC); print to another place [OUTPUT_NOT_WRITABLE]\n';

it.each(['firewall show 9 --nft', 'topology export --format mininet', 'firewall list'])(
  '%s | head -1 is no failure: who reads it had enough',
  (args) => {
    const { said, stderr } = shell(args, '| head -1; echo "${PIPESTATUS[0]}"');
    expect({ lines: said.length, exitCode: said.at(-1), stderr }).toEqual({
      lines: 2,
      exitCode: '0',
      stderr: '',
    });
  },
);

it.each(['matrix --shards 4', 'doctor --json', 'topology show'])(
  '%s, to a full disk: 3, for nobody has what it found',
  (args) => expect(shell(args, '>/dev/full; echo $?')).toEqual({ said: ['3'], stderr: full }),
);

it.each([
  ['a full disk', '2>/dev/full; echo $?'],
  ['nobody', '2>&-; echo $?'],
])('a mistake that is told to %s keeps its exit status', (_, after) => {
  expect(shell('firewall show nine', after).said).toEqual(['3']);
});
