import { Deferred } from '../../kit/deferred';
import type { Leg, LegEnd } from './leg';
import { Refusal } from './refusal';
import type { Anchored } from './session-table';

/**
 * A session of a served user that is anchored here: the AS is the other end of both its legs (TS 23.237 4.3). The
 * remote leg stays when the access leg is replaced.
 */
export class AnchoredSession implements Anchored {
  private access: Leg | undefined;
  private remote: Leg | undefined;
  /** A session is an ongoing one with the 2xx, and its legs stand with the ACK, which may come later. */
  private readonly standing = new Deferred<void>();

  /**
   * @param released called when the session is over, perhaps twice
   * @param keepsFor milliseconds that the remote leg is kept when the access leg was lost without a BYE, so that the UE
   *   can come back on another network
   */
  constructor(
    readonly user: string,
    readonly sti: string,
    private readonly released: () => void,
    private readonly keepsFor: number,
  ) {}

  /** Joins the two legs when both stand. */
  join(access: Leg, remote: Leg): void {
    this.remote = remote;
    remote.onOffer = (offer) => updating(this.access, offer);
    void remote.ended.then(() => this.release());
    this.attach(access);
    this.standing.resolve();
  }

  /**
   * Transfers the session to another access leg (TS 23.237 6.3.2.2.1): offers the remote end what the UE offers on its
   * new network, has the new leg answered with its answer, and releases the source access leg.
   * @param offer of the transferring INVITE
   * @param answered answers that INVITE, and resolves with its leg when it stands
   * @returns the source access leg, which is released
   * @throws Refusal of the remote end, or of the new leg; the first leaves the session as it was
   */
  async transfer(offer: string, answered: (answer: string) => Promise<Leg>): Promise<Leg> {
    await this.standing.promise;
    const { access: source, remote } = this;
    if (!source || !remote) throw new Refusal(480, 'No Such Session To Transfer');
    const answer = await remote.update(offer);
    let target: Leg;
    try {
      target = await answered(answer);
    } catch (error) {
      // The remote end sends to where nobody is, and the old access may be gone: there is nothing to go back to.
      this.release();
      throw error;
    }
    this.attach(target);
    source.hangUp();
    return source;
  }

  /** Ends the session, both its legs. It may be called twice. */
  release(): void {
    this.standing.reject(new Refusal(480, 'No Such Session To Transfer'));
    const { access, remote } = this;
    this.access = undefined;
    this.remote = undefined;
    access?.hangUp();
    remote?.hangUp();
    this.released();
  }

  private attach(access: Leg): void {
    this.access = access;
    access.onOffer = (offer) => updating(this.remote, offer);
    void access.ended.then((by) => this.accessEnded(access, by));
  }

  private accessEnded(leg: Leg, by: LegEnd): void {
    if (this.access !== leg) return;
    if (by !== 'failure') {
      this.release();
      return;
    }
    const timer = setTimeout(() => {
      if (this.access === leg) this.release();
    }, this.keepsFor);
    timer.unref();
  }
}

function updating(leg: Leg | undefined, offer: string): Promise<string> {
  return leg ? leg.update(offer) : Promise.reject(new Refusal(480, 'The Session Has Ended'));
}
