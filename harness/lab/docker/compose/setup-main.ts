import { LabError } from '../../lab-error';
import { composeFolders } from './layout';
import { setUp } from './setup';

/** The program of the service `setup`. */
setUp(composeFolders).then(
  (line) => process.stdout.write(`setup: ${line}\n`),
  (error: unknown) => {
    if (!(error instanceof LabError)) throw error;
    process.stderr.write(`setup: ${error.message} [${error.code}]\n`);
    process.exitCode = 3;
  },
);
