import { digestOf } from '../../../kit/sip-fields';
import { printable } from '../excerpt';
import { AttemptFailure } from '../failure';
import { allHeadersOf } from '../sip/sip-text';

/** A challenge of AKAv1-MD5 (RFC 3310 3.2). */
export interface Challenge {
  readonly realm: string;
  /** As it was received, in base64: RAND, AUTN and what the server adds. */
  readonly nonce: string;
  readonly rand: Buffer;
  readonly autn: Buffer;
  readonly opaque: string | undefined;
  /** Whether the answer has a quality of protection, which is `auth`. */
  readonly hasQop: boolean;
}

/**
 * Reads the challenge of a 401.
 * @param response as `normalised` writes it
 * @throws AttemptFailure `SIP_PROTOCOL` if it has none that the UE can answer by AKA
 */
export function challengeOf(response: string): Challenge {
  const challenges = allHeadersOf(response, 'WWW-Authenticate').map(digestOf);
  const found = challenges.find((one) => one.get('algorithm')?.toLowerCase() === 'akav1-md5');
  if (!found) {
    const others = challenges.map((one) => printable(one.get('algorithm') ?? 'MD5')).join(', ');
    throw wrong(`it does not ask for AKAv1-MD5 (RFC 3310)${others && `, but for ${others}`}`);
  }
  const { realm, nonce = '', qop, opaque } = Object.fromEntries(found);
  if (realm === undefined) throw wrong('it names no realm');
  const bytes = Buffer.from(nonce, 'base64');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(nonce) || bytes.length < 32)
    throw wrong('its nonce is not RAND and AUTN in base64');
  const offered = qop?.split(',').map((one) => one.trim().toLowerCase());
  if (offered && !offered.includes('auth'))
    throw wrong(`it asks for no qop auth, but for ${printable(qop!)}`);
  return {
    ...{ realm, nonce, opaque, hasQop: offered !== undefined },
    ...{ rand: bytes.subarray(0, 16), autn: bytes.subarray(16, 32) },
  };
}

const wrong = (why: string): AttemptFailure =>
  new AttemptFailure('SIP_PROTOCOL', `the challenge to REGISTER cannot be answered: ${why}`);
