import { LabError } from '../lab/lab-error';

/** Exit codes of every command. */
export const exitCodes = {
  /** Everything was as expected. */
  expected: 0,
  /** Something was not. */
  unexpected: 1,
  /** Something could not be judged. */
  undecided: 2,
  /** Wrong usage, or a machine that cannot do it. */
  unfit: 3,
} as const;

/** An error as a user sees it: one line, with its code. What is no {@link LabError} is a defect of ours. */
export function failureLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  const line = message.replace(/\s*\n\s*/g, ' | ');
  if (code) return `nimsfw: ${line} [${code}]`;
  return `nimsfw: a defect of nimsfw: ${line}; please report it with the command that you ran [INTERNAL]`;
}

/** UE and bridge errors carry codes of their own. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof LabError) return error.code;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && ['UeError', 'BridgeError'].includes((error as Error).name)
    ? code
    : undefined;
}
