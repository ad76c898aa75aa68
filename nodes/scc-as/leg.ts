import { Deferred } from '../../kit/deferred';
import type { DialogId } from '../ue/session';
import type { DescribedSession } from '../ue/sip/session-connection';
import { causes } from '../ue/sip/jssip';
import type { Session } from '../ue/sip/jssip';
import { Origin } from '../sdp-origin';
import { Refusal } from './refusal';

/** How a leg ended: by BYE of its other end, by the AS, or without either, e.g. because a request got no answer. */
export type LegEnd = 'them' | 'us' | 'failure';

/** One established leg of an anchored session. It knows descriptions, but nothing of what they describe. */
export class Leg {
  readonly ended: Promise<LegEnd>;
  /** Answers a later offer of this leg's end with that of the other leg; a {@link Refusal} becomes a refusal. */
  onOffer: (offer: string) => Promise<string> = () => Promise.reject(new Refusal(491, 'Request Pending'));
  private offer = '';
  private answer: Deferred<string> | undefined;
  private leaving = false;

  private constructor(
    readonly dialog: DialogId,
    private readonly session: Session,
    private readonly origin: Origin,
  ) {
    this.ended = new Promise((resolve) => {
      // JsSIP itself ends a session whose request got no answer, or 481 (RFC 3261 12.2.1.2).
      session.on('ended', ({ originator, cause }) => {
        const isBye = String(originator) === 'remote' && cause === causes.bye;
        resolve(this.leaving ? 'us' : isBye ? 'them' : 'failure');
      });
    });
  }

  /**
   * Begins a leg: describes the session to JsSIP, and makes the leg when it stands.
   * @param first the description with which the leg begins, offer or answer
   */
  static describing(first: string): {
    readonly described: DescribedSession;
    /** The answer to the first description, if that is an offer. */
    readonly answer: Promise<string>;
    readonly stands: (dialog: DialogId, session: Session) => Leg;
  } {
    const origin = new Origin();
    const answer = new Deferred<string>();
    let leg: Leg | undefined;
    let last = origin.of(first);
    const standing = (): Leg => {
      if (!leg) throw new Refusal(491, 'Request Pending');
      return leg;
    };
    return {
      described: {
        local: last,
        accept: (text) => {
          (leg?.answer ?? answer).resolve(text);
          return Promise.resolve();
        },
        reanswer: async (offer) => (last = origin.of(await standing().onOffer(offer))),
        // Without an offer of the AS's own, the other end has asked for one (RFC 3261 14.2): it gets the description that
        // it has already, which is still true.
        reoffer: () => Promise.resolve((last = leg?.offer || last)),
      },
      answer: answer.promise,
      stands: (dialog, session) => (leg = new Leg(dialog, session, origin)),
    };
  }

  /**
   * Offers this leg's end another description, by re-INVITE.
   * @returns its answer
   * @throws Refusal what it answered; 491 while another offer is under way (RFC 3261 14.1); 480 if the leg has ended
   */
  async update(offer: string): Promise<string> {
    const session = this.session;
    if (session.isEnded()) throw new Refusal(480, 'The Session Has Ended');
    if (this.answer !== undefined || !session.isReadyToReOffer()) throw new Refusal(491, 'Request Pending');
    const answer = new Deferred<string>();
    this.answer = answer;
    this.offer = this.origin.of(offer);
    const over = this.ended.then((): never => {
      throw new Refusal(480, 'The Session Has Ended');
    });
    // JsSIP's public way ends the session if the other end refuses, which RFC 3261 14.1 forbids.
    const updated = new Promise<void>((resolve, reject) =>
      session._sendReinvite({
        eventHandlers: {
          succeeded: resolve,
          failed: (response) =>
            reject(new Refusal(response?.status_code ?? 500, response?.reason_phrase ?? 'No Answer In SDP')),
        },
      }),
    );
    try {
      await Promise.race([updated, over]);
      return await Promise.race([answer.promise, over]);
    } finally {
      this.answer = undefined;
      this.offer = '';
    }
  }

  /** Releases the leg by BYE, whose answer is not awaited: the network of this end may be gone. */
  hangUp(): void {
    if (this.session.isEnded()) return;
    this.leaving = true;
    this.session.terminate();
  }
}
