import { isNativeError } from 'node:util/types';
import { oneLine } from '../../kit/one-line';
import type { FailureCode, FiveTuple } from './protocol';

/** Why an attempt ended without passing: a stable code and one line of text. */
export class AttemptFailure extends Error {
  /**
   * @param ways all ways that were tried, if the failure came over certain ways and is not
   *   that of the attempt as a whole
   */
  constructor(
    readonly code: FailureCode,
    text: string,
    readonly ways: readonly FiveTuple[] = [],
  ) {
    super(oneLine(text));
    this.name = 'AttemptFailure';
  }

  /** Returns the same failure with the ways over which it came, unless it names ways already. */
  over(...sockets: readonly FiveTuple[]): AttemptFailure {
    return this.ways.length > 0 ? this : new AttemptFailure(this.code, this.message, sockets);
  }
}

/**
 * Waits for work that is done over a socket.
 * @throws AttemptFailure why the work failed, with that socket unless the failure names its ways already
 */
export async function overSocket<T>(socket: FiveTuple, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw asFailure(error).over(socket);
  }
}

/** Turns an error into a failure. An error that is not a failure already is the UE's own fault (`INTERNAL`). */
export function asFailure(error: unknown): AttemptFailure {
  if (error instanceof AttemptFailure) return error;
  return new AttemptFailure(
    'INTERNAL',
    isNativeError(error) ? `${error.name}: ${error.message}` : String(error),
  );
}

/** Returns the message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return isNativeError(error) ? error.message : String(error);
}

/** Returns the code of a system call's error, e.g. `ECONNREFUSED`; empty if it has none. */
export function systemCode(error: unknown): string {
  const code = isNativeError(error) && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/**
 * Turns a socket's error into the failure that it means for the attempt.
 * @param what begins the text and names what failed, e.g. `TCP connection to 198.18.0.2:443`
 */
export function socketFailure(what: string, error: unknown): AttemptFailure {
  const code = systemCode(error);
  if (code.startsWith('ERR_SSL_')) return new AttemptFailure('TLS_FAILED', `${what}: ${messageOf(error)}`);
  switch (code) {
    case 'ECONNREFUSED':
      return new AttemptFailure('CONNECTION_REFUSED', `${what}: refused`);
    case 'ETIMEDOUT':
      return new AttemptFailure('TIMEOUT', `${what}: the kernel's TCP timers ran out`);
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ECONNABORTED':
      return new AttemptFailure('CONNECTION_LOST', `${what}: reset by the other side`);
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'EACCES':
    case 'EPERM':
      return new AttemptFailure('UNREACHABLE', `${what}: unreachable (${code})`);
    default:
      return new AttemptFailure('INTERNAL', `${what}: ${messageOf(error)}`);
  }
}
