import { printable } from '../excerpt';
import type { StunError } from './attributes';
import type { StunMessage } from './message';

/** Reason phrases for the errors of servers that send none (RFC 8489 14.8, RFC 8656 19, RFC 6062 6.3). */
const reasons: Readonly<Record<number, string>> = {
  300: 'Try Alternate',
  400: 'Bad Request',
  401: 'Unauthenticated',
  403: 'Forbidden',
  420: 'Unknown Attribute',
  437: 'Allocation Mismatch',
  438: 'Stale Nonce',
  441: 'Wrong Credentials',
  442: 'Unsupported Transport Protocol',
  446: 'Connection Already Exists',
  447: 'Connection Timeout or Failure',
  486: 'Allocation Quota Reached',
  500: 'Server Error',
  508: 'Insufficient Capacity',
};

/** Returns code and reason of an error response, the reason on one line. The code is 0 if the response names none. */
export function errorIn(message: StunMessage): StunError {
  const { code, reason } = message.get('ERROR-CODE') ?? { code: 0, reason: 'without an error code' };
  return { code, reason: printable(reason).trim() || (reasons[code] ?? '') };
}
