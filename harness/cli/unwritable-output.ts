import { writeSync } from 'node:fs';
import type { Command } from 'commander';
import { failureLine, LabError } from '../lab/lab-error';
import { exitCodes } from './exit-code';

/** The commands whose result is in the files that they write, and in their exit code. */
const writeFiles = ['run', 'rerun', 'merge', 'bundle'];

/**
 * Lets a command go on when its output cannot be written. A reader that closes the pipe is no failure
 * (`nimsfw firewall list | head -3`). If the output is all that a command gives, and it is lost for another
 * reason such as a full disk, the command ends with 3 and one line on standard error. An uncaught error also
 * becomes one line, and never the exit code of a verdict.
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
  // The error means that there is no reader left.
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

/** Writes an error line synchronously, because the process may be about to end. */
function tell(error: unknown): void {
  try {
    writeSync(process.stderr.fd, `${failureLine(error)}\n`);
  } catch {
    // The error means that there is no reader left.
  }
}
