import { createHash } from 'node:crypto';
import type { StunMessage } from '../stun/message';

export interface TurnCredentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Long-term credentials with what the server's latest challenge added (RFC 8489 9.2). Every connection to the server
 * shares them, so that only the first request is challenged.
 */
export class LongTermCredentials {
  private challenge: { readonly realm: string; readonly nonce: Buffer; readonly key: Buffer } | undefined;

  constructor(private readonly credentials: TurnCredentials) {}

  /** What requests are signed with; nothing before the first challenge. */
  get key(): Buffer | undefined {
    return this.challenge?.key;
  }

  /** The realm for which requests are signed. */
  get realm(): string | undefined {
    return this.challenge?.realm;
  }

  /**
   * Takes what a 401 or 438 holds; of a nonce cookie (RFC 8489 9.2) nothing is needed, and without PASSWORD-ALGORITHM in
   * the request the server takes MD5 (9.2.4).
   * @param refusedIn the realm for which the challenged request was signed, if it was
   * @returns whether another request may fare better
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
