import { createHash } from 'node:crypto';
import type { StunMessage } from '../stun/message';

export interface TurnCredentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Long-term credentials, with realm and nonce of the server's latest challenge (RFC 8489 9.2). All connections to
 * the server share them, so that only the first request is challenged.
 */
export class LongTermCredentials {
  private challenge: { readonly realm: string; readonly nonce: Buffer; readonly key: Buffer } | undefined;

  constructor(private readonly credentials: TurnCredentials) {}

  /** The key that signs requests; undefined before the first challenge. */
  get key(): Buffer | undefined {
    return this.challenge?.key;
  }

  /** The realm for which requests are signed; undefined before the first challenge. */
  get realm(): string | undefined {
    return this.challenge?.realm;
  }

  /**
   * Takes the challenge of a 401 or 438. A nonce cookie (RFC 8489 9.2) needs no attention: the server takes MD5 if
   * the request has no PASSWORD-ALGORITHM (9.2.4).
   * @param refusedIn the realm for which the challenged request was signed, if it was signed
   * @returns whether another request may succeed
   */
  takeChallenge(response: StunMessage, code: 401 | 438, refusedIn: string | undefined): boolean {
    const realm = response.get('REALM') ?? this.challenge?.realm;
    const nonce = response.get('NONCE');
    if (realm === undefined || nonce === undefined) return false;
    // RFC 8489 9.2.5: credentials that were refused in a realm are not tried there again.
    if (code === 401 && realm === refusedIn) return false;
    // RFC 8489 9.2.2: MD5 unless another algorithm was negotiated.
    const { username, password } = this.credentials;
    const key = createHash('md5').update(`${username}:${realm}:${password}`, 'utf8').digest();
    this.challenge = { realm, nonce, key };
    return true;
  }

  /** Signs a request, once there has been a challenge. */
  sign(message: StunMessage): void {
    if (this.challenge === undefined) return;
    const { realm, nonce, key } = this.challenge;
    message.set('USERNAME', this.credentials.username).set('REALM', realm).set('NONCE', nonce).sign(key);
  }
}
