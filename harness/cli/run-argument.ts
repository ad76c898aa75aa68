import { openRun, type OpenOptions, type OpenRun } from '../bundle/open-run';
import { noticeLine } from '../lab/lab-error';

/** What every command says of an argument that is a run. */
export const runArgument = 'the folder of a run, a bundle of one, or its result.json';

/**
 * Opens the run of a command line for a command, tells on standard error what a bundle was made without, and closes it.
 *
 * @throws LabError the errors of `openRun`
 */
export async function withRun<T>(
  path: string,
  use: (run: OpenRun) => T | Promise<T>,
  options: OpenOptions = {},
): Promise<T> {
  const run = await openRun(path, options);
  try {
    for (const part of run.bundle?.without ?? [])
      console.error(
        noticeLine(
          'BUNDLED_WITHOUT',
          `${path} was bundled without the ${part} of the run; nothing can be looked up in them`,
        ),
      );
    return await use(run);
  } finally {
    run.close();
  }
}
