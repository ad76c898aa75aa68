import { writeSync } from 'node:fs';
import type { Command } from 'commander';
import { failureLine, LabError } from '../lab/lab-error';
import { exitCodes } from './exit-code';

/** Commands whose answer is in the files that they write, and in their exit status. */
const writeFiles = ['run', 'merge'];

/**
 * Lets a command go on when nobody takes what it prints. That a reader has enough before the end
 * (`nimsfw firewall list | head -3`) is no failure. Where what is printed is all that there is, and it could not be written
 * for another reason, such as a full disk, the command ends with 3 and one line on standard error. What nobody has caught is
 * told in one line, too, and never with the status of a verdict.
 */
export function surviveUnwritableOutput(program: Command): void {
  let isAll = true;
  program.hook('preAction', (_, command) => {
    isAll = !writeFiles.includes(command.name());
  });
  let lost: NodeJS.ErrnoException | undefined;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') lost ??= error;
  });
  // There is no reader left.
  process.stderr.on('error', () => undefined);
  process.on('exit', () => {
    if (!lost || !isAll || process.exitCode) return;
    const why = lost.code ?? lost.message;
    tell(
      new LabError(
        'OUTPUT_NOT_WRITABLE',
        `standard output cannot be written (${why}); print to another place`,
      ),
    );
    process.exitCode = exitCodes.unfit;
  });
  process.on('uncaughtException', (error) => {
    tell(error);
    process.exit(exitCodes.unfit);
  });
}

/** At once: the process may be about to end. */
function tell(error: unknown): void {
  try {
    writeSync(process.stderr.fd, `${failureLine(error)}\n`);
  } catch {
    // There is no reader left.
  }
}
