/**
 * An error that a user has to mend: one line and a stable code. `output` is the last
 * output of the program that failed.
 */
export class SetupError extends Error {
  constructor(code, message, { output = '', exitCode = 3 } = {}) {
    super(message);
    this.code = code;
    this.output = output;
    this.exitCode = exitCode;
  }
}

/** Prints the error in the name of a program and ends the process. */
export function fail(error, program = 'setup') {
  if (!(error instanceof SetupError)) throw error;
  if (error.output) process.stderr.write(`${error.output.trimEnd()}\n`);
  process.stderr.write(`${program}: ${error.message} [${error.code}]\n`);
  process.exit(error.exitCode);
}
