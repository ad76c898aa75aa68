import { createHash } from 'node:crypto';
import type { Message } from './stun-codec';

export interface TurnCredentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Long-term credentials with what the server's latest challenge added (RFC 8489 9.2). Every connection to the server
 * shares them, so that only the first request is challenged.
 */
export class LongTermCredentials {
  private currentRealm: string | undefined;
  private nonce: Buffer | undefined;
  private signingKey: Buffer | undefined;

  constructor(private readonly credentials: TurnCredentials) {}

  /** What requests are signed with; nothing before the first challenge. */
  get key(): Buffer | undefined {
    return this.signingKey;
  }

  /** The realm for which requests are signed. */
  get realm(): string | undefined {
    return this.currentRealm;
  }

  /**
   * Takes what a 401 or 438 holds; of a nonce cookie (RFC 8489 9.2) nothing is needed, and without PASSWORD-ALGORITHM in
   * the request the server takes MD5 (9.2.4).
   * @param refusedIn the realm for which the challenged request was signed, if it was
   * @returns whether another request may fare better
   */
  takeChallenge(response: Message, code: 401 | 438, refusedIn: string | undefined): boolean {
    const realm = (response.getAttributeValue('REALM') ?? this.currentRealm) as string | undefined;
    const nonce = response.getAttributeValue('NONCE') as Buffer | undefined;
    if (realm === undefined || nonce === undefined) return false;
    // RFC 8489 9.2.5: credentials that were refused in a realm are not tried there again.
    if (code === 401 && realm === refusedIn) return false;
    this.currentRealm = realm;
    this.nonce = nonce;
    // RFC 8489 9.2.2: MD5 unless another algorithm was negotiated.
    const { username, password } = this.credentials;
    this.signingKey = createHash('md5').update(`${username}:${realm}:${password}`, 'utf8').digest();
    return true;
  }

  /** Signs a request, once there has been a challenge. */
  sign(message: Message): void {
    if (this.signingKey === undefined) return;
    message
      .setAttribute('USERNAME', this.credentials.username)
      .setAttribute('REALM', this.currentRealm)
      .setAttribute('NONCE', this.nonce)
      .addMessageIntegrity(this.signingKey);
  }
}
