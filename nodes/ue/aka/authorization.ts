import { createHash, randomBytes } from 'node:crypto';
import type { Subscriber } from '../protocol';
import type { Challenge } from './challenge';

/** Writes the header field Authorization of REGISTER for a subscriber (RFC 3310, TS 24.229 5.1.1.2.2 and 5.1.1.5.3). */
export class Authorization {
  constructor(private readonly subscriber: Pick<Subscriber, 'impi' | 'domain'>) {}

  /** That of a UE which knows no challenge yet. */
  initial(): string {
    return this.written({ realm: this.subscriber.domain, nonce: '' }, ['response=""']);
  }

  /** The answer to a challenge, with RES as the password. */
  answer(challenge: Challenge, res: Buffer): string {
    return this.written(challenge, this.response(challenge, res));
  }

  /** The request to synchronise SQN, whose password is empty (RFC 3310 3.4). */
  synchronisation(challenge: Challenge, auts: Buffer): string {
    const response = this.response(challenge, Buffer.alloc(0));
    return this.written(challenge, [...response, `auts="${auts.toString('base64')}"`]);
  }

  /** The answer to a challenge with a wrong MAC: an empty response, and no AUTS. */
  rejection(challenge: Challenge): string {
    return this.written(challenge, ['response=""', 'algorithm=AKAv1-MD5']);
  }

  private response({ realm, nonce, opaque, hasQop }: Challenge, password: Buffer): string[] {
    const a1 = md5(`${this.subscriber.impi}:${realm}:`, password);
    const a2 = md5(`REGISTER:${this.uri}`);
    const cnonce = randomBytes(8).toString('hex');
    const count = '00000001';
    const quality = hasQop ? `${count}:${cnonce}:auth:` : '';
    return [
      `response="${md5(`${a1}:${nonce}:${quality}${a2}`)}"`,
      'algorithm=AKAv1-MD5',
      ...(hasQop ? ['qop=auth', `nc=${count}`, `cnonce="${cnonce}"`] : []),
      ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
    ];
  }

  private written({ realm, nonce }: Pick<Challenge, 'realm' | 'nonce'>, rest: readonly string[]): string {
    const { impi } = this.subscriber;
    const fixed = [`username="${impi}"`, `realm="${realm}"`, `uri="${this.uri}"`, `nonce="${nonce}"`];
    return `Authorization: Digest ${[...fixed, ...rest].join(', ')}`;
  }

  private get uri(): string {
    return `sip:${this.subscriber.domain}`;
  }
}

const md5 = (text: string, more: Buffer = Buffer.alloc(0)): string =>
  createHash('md5').update(text).update(more).digest('hex');
