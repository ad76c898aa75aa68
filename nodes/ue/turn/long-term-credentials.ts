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
  private realm: string | undefined;
  private nonce: Buffer | undefined;
  private signingKey: Buffer | undefined;

  constructor(private readonly credentials: TurnCredentials) {}

  /** What requests are signed with; nothing before the first challenge. */
  get key(): Buffer | undefined {
    return this.signingKey;
  }

  /** @returns whether the response holds all that is needed to sign a request */
  takeChallenge(response: Message): boolean {
    const realm = (response.getAttributeValue('REALM') ?? this.realm) as string | undefined;
    const nonce = response.getAttributeValue('NONCE') as Buffer | undefined;
    if (realm === undefined || nonce === undefined) return false;
    this.realm = realm;
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
      .setAttribute('REALM', this.realm)
      .setAttribute('NONCE', this.nonce)
      .addMessageIntegrity(this.signingKey);
  }
}
