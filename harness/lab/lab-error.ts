import { oneLine } from '../../kit/one-line';
import type { ErrorCode } from './error-codes';

export type { ErrorCode };

/** An error that a user can meet: one line that says what happened and what to do, with a stable code. */
export class LabError extends Error {
  /**
   * @param code stable, in capitals, e.g. `UNKNOWN_FIREWALL`
   * @param message one line: what happened and what to do about it
   * @param details the node and the step, if there is one, for programs that read the error
   */
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: { readonly node?: string | undefined; readonly step?: string } = {},
  ) {
    super(message);
    this.name = 'LabError';
  }
}

/**
 * Returns an error as a user sees it: one line with its code. An error that is no {@link LabError} is a defect
 * of nimsfw.
 */
export function failureLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  if (code) return noticeLine(code, message);
  return noticeLine(
    'INTERNAL',
    `a defect of nimsfw: ${message}; please report it with the command that you ran`,
  );
}

/** Returns a line with a code that tells a user of a problem. */
export const noticeLine = (code: string, text: string): string => `nimsfw: ${oneLine(text, ' | ')} [${code}]`;

/** Returns the code of an error, also that of a UE, a box or the bridge; undefined for an unexpected error. */
export function codeOf(error: unknown): ErrorCode | undefined {
  if (error instanceof LabError) return error.code;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && ['UeError', 'BridgeError', 'BoxError'].includes((error as Error).name)
    ? (code as ErrorCode)
    : undefined;
}
