import { createHash, randomBytes } from 'node:crypto';
import {
  authenticationVector,
  cardOf,
  indBits,
  isAcceptable,
  resynchronised,
  type Vector,
} from '../../kit/milenage';
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
    const sqn = this.nextSqn(subscriber);
    this.sqns.set(subscriber.impi, sqn);
    return { vector: authenticationVector(cardOf(subscriber.card), randomBytes(16), sqn), sqn };
  }

  /**
   * Takes over the SQN of a card that asks for it by AUTS, unless the card accepts the next one anyway (TS 33.102 6.3.5): an AUTS
   * that somebody sends again must not have an SQN used twice.
   * @returns the card's SQN, and whether it was taken over; undefined if the AUTS is not of this card
   */
  resynchronise(
    subscriber: HssSubscriber,
    rand: Buffer,
    auts: Buffer,
  ): { sqn: bigint; isTaken: boolean } | undefined {
    const { card } = subscriber;
    const sqn = card && resynchronised(cardOf(card), rand, auts);
    if (sqn === undefined) return undefined;
    const isTaken = !isAcceptable(sqn, this.nextSqn(subscriber));
    if (isTaken) this.sqns.set(subscriber.impi, sqn);
    return { sqn, isTaken };
  }

  /** Returns H(A1) of a subscriber with a password (RFC 7616 3.4.2), in hex; undefined for one without. */
  ha1({ impi, password }: HssSubscriber): string | undefined {
    if (password === undefined) return undefined;
    return createHash('md5').update(`${impi}:${this.domain}:${password}`).digest('hex');
  }

  private nextSqn({ impi, card }: HssSubscriber): bigint {
    return ((this.sqns.get(impi) ?? BigInt(`0x${card?.sqn ?? '0'}`)) + step) & lastSqn;
  }
}
