import { printable } from '../../ue/excerpt';
import { AttemptFailure, socketFailure } from '../../ue/failure';

/** The texts of the C library by which baresip says why it cannot register, and the names of their errors. */
const systemErrors: readonly (readonly [text: string, code: string])[] = [
  ['Connection refused', 'ECONNREFUSED'],
  ['Connection reset by peer', 'ECONNRESET'],
  ['Software caused connection abort', 'ECONNABORTED'],
  ['Broken pipe', 'EPIPE'],
  ['Network is unreachable', 'ENETUNREACH'],
  ['No route to host', 'EHOSTUNREACH'],
  ['Operation not permitted', 'EPERM'],
];

/**
 * Returns why baresip did not register.
 * @param reason that of its `REGISTER_FAIL`: a status line such as `403 Forbidden`, or a text of the C library such as
 *   `Connection refused`
 */
export function registrationFailure(reason: string): AttemptFailure {
  const said = printable(reason);
  if (/^[3-6]\d\d /.test(reason)) return new AttemptFailure('SIP_REFUSED', `REGISTER: ${said}`);
  // It says so too when SIP's own Timer F has run out.
  if (reason.startsWith('Connection timed out')) return new AttemptFailure('TIMEOUT', `REGISTER: ${said}`);
  const [, code] = systemErrors.find(([text]) => reason.startsWith(text)) ?? [];
  if (code === undefined) return new AttemptFailure('UNTOLD', `REGISTER: ${said || 'no reason given'}`);
  return socketFailure('REGISTER', Object.assign(new Error(said), { code }));
}
