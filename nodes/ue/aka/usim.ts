import { cardOf, usimAnswer, type Card, type UsimAnswer } from '../../../kit/milenage';
import type { CardText, Subscriber } from '../protocol';

/** A USIM in software (TS 33.102 6.3.3). It accepts each SQN once. */
export class Usim {
  /** The highest SQN that was accepted. */
  private seen = 0n;
  private readonly card: Card;

  constructor(card: CardText) {
    this.card = cardOf(card);
  }

  /** Answers a challenge. @throws RangeError if RAND or AUTN has not 16 bytes */
  answer(rand: Buffer, autn: Buffer): UsimAnswer {
    const answer = usimAnswer(this.card, this.seen, rand, autn);
    if (answer.outcome === 'authentic') this.seen = answer.sqn;
    return answer;
  }
}

/** The cards of a UE, one of each subscriber. A card stays the same as long as the UE runs, since it remembers its SQN. */
export class Usims {
  private readonly cards = new Map<string, Usim>();

  /** Returns the card of a subscriber; undefined if it has none. */
  of({ impi, card }: Pick<Subscriber, 'impi' | 'card'>): Usim | undefined {
    if (card === undefined) return undefined;
    const usim = this.cards.get(impi) ?? new Usim(card);
    this.cards.set(impi, usim);
    return usim;
  }
}
