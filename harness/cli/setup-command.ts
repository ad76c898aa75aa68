import { spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { installation } from '../../nodes/installation';

interface SetupFlags {
  readonly forDocker?: boolean;
  readonly with?: string;
}

/**
 * Adds `nimsfw setup`, which prepares the machine with the same program as a checkout uses. That program sees
 * that an installed package needs no compiling.
 */
export function addSetupCommand(program: Command): void {
  program
    .command('setup')
    .description('Install what a lab needs of Debian and is not there, as root or with sudo')
    .option('--for-docker', 'and a Docker Engine, with what the lab in containers needs')
    .option('--with <boxes>', 'and what these boxes need, for example linphone,tinyproxy')
    .action(({ forDocker, with: boxes }: SetupFlags) => {
      const { status, signal } = spawnSync(
        process.execPath,
        [
          join(installation, 'bin/setup.mjs'),
          ...(forDocker ? ['--for-docker'] : []),
          ...(boxes === undefined ? [] : ['--with', boxes]),
        ],
        { stdio: 'inherit' },
      );
      process.exitCode = signal ? 128 + constants.signals[signal] : (status ?? 1);
    });
}
