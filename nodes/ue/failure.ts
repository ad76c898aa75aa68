import { isNativeError } from 'node:util/types';
import { oneLine } from '../../kit/one-line';
import type { FailureCode, FiveTuple } from './protocol';

/** Why an attempt ended without passing: a stable code and one line of text. */
export class AttemptFailure extends Error {
  /** @param ways the ways over which it came, where it is not the attempt as a whole that failed: all that were tried */
  constructor(
    readonly code: FailureCode,
    text: string,
    readonly ways: readonly FiveTuple[] = [],
  ) {
    super(oneLine(text));
    this.name = 'AttemptFailure';
  }

  /** The same failure with the ways over which it came, unless it says so itself. */
  over(...sockets: readonly FiveTuple[]): AttemptFailure {
    return this.ways.length > 0 ? this : new AttemptFailure(this.code, this.message, sockets);
  }
}

/**
 * Waits for what is done over a socket.
 * @throws AttemptFailure why it failed, with that socket unless it says itself over which it came
 */
export async function overSocket<T>(socket: FiveTuple, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw asFailure(error).over(socket);
  }
}

/** What went wrong, as a failure; anything that is not one already is the UE's own fault (`INTERNAL`). */
export function asFailure(error: unknown): AttemptFailure {
  if (error instanceof AttemptFailure) return error;
  return new AttemptFailure(
    'INTERNAL',
    isNativeError(error) ? `${error.name}: ${error.message}` : String(error),
  );
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return isNativeError(error) ? error.message : String(error);
}

/** The code of a system call's error, e.g. `ECONNREFUSED`; empty if it has none. */
export function systemCode(error: unknown): string {
  const code = isNativeError(error) && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/**
 * What a socket's error means for the attempt.
 * @param what the thing that failed, to begin the text with, e.g. `TCP connection to 198.18.0.2:443`
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
