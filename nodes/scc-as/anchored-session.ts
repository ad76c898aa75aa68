import type { Leg, LegEnd } from './leg';
import type { Anchored } from './session-table';

/**
 * A session of a served user that is anchored here: the AS is the other end of both its legs (TS 23.237 4.3). The
 * remote leg stays when the access leg is replaced.
 */
export class AnchoredSession implements Anchored {
  private access: Leg | undefined;
  private remote: Leg | undefined;

  /**
   * @param released called once, when the session is over
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
    remote.onOffer = (offer) => this.access!.update(offer);
    void remote.ended.then(() => this.release());
    this.attach(access);
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
    const source = this.access!;
    const answer = await this.remote!.update(offer);
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
    const { access, remote } = this;
    if (access === undefined && remote === undefined) return;
    this.access = undefined;
    this.remote = undefined;
    access?.hangUp();
    remote?.hangUp();
    this.released();
  }

  private attach(access: Leg): void {
    this.access = access;
    access.onOffer = (offer) => this.remote!.update(offer);
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
