import { createHash, randomBytes } from 'node:crypto';
import { authenticationVector, cardOf, indBits, resynchronised, type Vector } from '../../kit/milenage';
import type { HssSubscriber } from './config';

/** SQN goes up by one SEQ, and its IND stays (TS 33.102 C.1.1.1 and C.3.2). */
const step = 1n << indBits;

const lastSqn = (1n << 48n) - 1n;

/** Makes authentication data, and keeps for each card the highest SQN that was used, as long as the program runs. */
export class AuthenticationCentre {
  private readonly sqns = new Map<string, bigint>();

  /** @param domain realm of SIP Digest */
  constructor(private readonly domain: string) {}

  /** Returns a fresh vector for a subscriber with a card, undefined for one without. */
  vector(subscriber: HssSubscriber): { vector: Vector; sqn: bigint } | undefined {
    if (!subscriber.card) return undefined;
    const sqn = (this.sqnOf(subscriber) + step) & lastSqn;
    this.sqns.set(subscriber.impi, sqn);
    return { vector: authenticationVector(cardOf(subscriber.card), randomBytes(16), sqn), sqn };
  }

  /**
   * Takes over the SQN of a card that asks for it by AUTS (TS 33.102 6.3.5).
   * @returns that SQN; undefined if the AUTS is not of this card
   */
  resynchronise(subscriber: HssSubscriber, rand: Buffer, auts: Buffer): bigint | undefined {
    const { card } = subscriber;
    const sqn = card && resynchronised(cardOf(card), rand, auts);
    if (sqn !== undefined) this.sqns.set(subscriber.impi, sqn);
    return sqn;
  }

  /** Returns H(A1) of a subscriber with a password (RFC 7616 3.4.2), in hex; undefined for one without. */
  ha1({ impi, password }: HssSubscriber): string | undefined {
    if (password === undefined) return undefined;
    return createHash('md5').update(`${impi}:${this.domain}:${password}`).digest('hex');
  }

  private sqnOf({ impi, card }: HssSubscriber): bigint {
    return this.sqns.get(impi) ?? BigInt(`0x${card?.sqn ?? '0'}`);
  }
}
