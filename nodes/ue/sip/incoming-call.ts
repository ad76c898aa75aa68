import { AttemptFailure, asFailure } from '../failure';
import type { DialogId, SessionMedia } from '../session';
import { wallClock } from '../timers';
import { Call } from './call';
import type { CallKeeper } from './call';
import { causes } from './jssip';
import type { IncomingInvite, Session } from './jssip';

/** An INVITE that rings. It is either answered once, or refused once, or left ringing until the caller gives up. */
export class IncomingCall {
  /** Time at which its INVITE came, by the wall clock. */
  readonly at = wallClock();
  /** URI of the caller. */
  readonly from: string;
  /** SDP of the offer; undefined if the caller leaves it to this end to offer (RFC 3261 13.2.1). */
  readonly offer: string | undefined;
  /** The dialog that the INVITE asks to replace, as this end sees it (RFC 3891). */
  readonly replaces: DialogId | undefined;
  /** Resolves when the call cannot be established any more: the caller gave up, the flow is lost, or it was refused. */
  readonly cancelled: Promise<void>;
  private decided = false;
  private failure: AttemptFailure | undefined;

  /** @param established called when the call is established, before {@link answer} resolves */
  constructor(
    private readonly invite: IncomingInvite,
    private readonly session: Session,
    private readonly keeper: CallKeeper,
    private readonly established: (call: Call) => void,
  ) {
    this.from = invite.from.uri.toString();
    this.offer = invite.body || undefined;
    const { replaces } = invite;
    // The header names the tags from this end's view: its to-tag is this end's (RFC 3891 3).
    this.replaces = replaces && {
      callId: replaces.call_id,
      localTag: replaces.to_tag,
      remoteTag: replaces.from_tag,
    };
    this.cancelled = new Promise((resolve) => {
      session.on('failed', () => {
        this.failure ??=
          keeper.lost ?? new AttemptFailure('HUNG_UP', 'the caller gave up before the answer stood');
        resolve();
      });
    });
  }

  /**
   * Answers with 200. If the INVITE has no offer, the 200 has this end's offer and the ACK has the answer.
   * @param media the media of the call; they are closed when the call ends, or if it is not established
   * @returns the call when the caller has acknowledged
   * @throws AttemptFailure the failure of `media`, which is answered with 488 if it is `NOT_ACCEPTABLE`, else with
   *   480; `NOT_ACCEPTABLE` if the ACK has no answer, or none that `media` accepts; `HUNG_UP` if the caller gave up
   *   meanwhile; `TIMEOUT` if it never acknowledged
   */
  async answer(media: SessionMedia): Promise<Call> {
    try {
      this.decide();
      return await this.establish(media, await this.describe(media));
    } catch (error) {
      media.close();
      throw asFailure(error);
    }
  }

  /** Refuses the call; nothing happens if it has ended already. */
  refuse(code: number, reason?: string): void {
    if (this.session.isEnded()) return;
    this.decide();
    this.session.terminate({ status_code: code, ...(reason ? { reason_phrase: reason } : {}) });
  }

  private decide(): void {
    if (this.decided) throw new AttemptFailure('INTERNAL', 'a call was decided on twice');
    this.decided = true;
  }

  private async describe(media: SessionMedia): Promise<string> {
    try {
      return await (this.offer === undefined ? media.offer() : media.answer(this.offer));
    } catch (error) {
      const failure = asFailure(error);
      if (!this.session.isEnded()) {
        this.session.terminate({ status_code: failure.code === 'NOT_ACCEPTABLE' ? 488 : 480 });
      }
      throw failure;
    }
  }

  private establish(media: SessionMedia, local: string): Promise<Call> {
    const { session, invite, keeper } = this;
    let refusal: AttemptFailure | undefined;
    const accept = async (answer: string): Promise<void> => {
      try {
        await media.accept(answer);
      } catch (error) {
        refusal = asFailure(error);
        throw refusal;
      }
    };
    return new Promise((resolve, reject) => {
      if (session.isEnded()) throw this.failure ?? new AttemptFailure('HUNG_UP', 'the caller gave up');
      session.on('failed', ({ cause }) =>
        reject(this.failure ?? new AttemptFailure('INTERNAL', `JsSIP gave the call up: ${cause}`)),
      );
      // The session ends before the ACK if the ACK never comes, if a BYE overtakes it, or
      // if it does not answer an offer.
      session.on('ended', ({ cause }) => reject(keeper.lost ?? refusal ?? unestablished(cause)));
      session.on('confirmed', () => {
        const dialog = { callId: invite.call_id, localTag: invite.to_tag, remoteTag: invite.from_tag };
        const call = new Call(dialog, session, media, keeper);
        this.established(call);
        resolve(call);
      });
      session.answer({
        mediaConstraints: { audio: false, video: false },
        pcConfig: {
          local,
          accept,
          reanswer: media.reanswer?.bind(media),
          reoffer: media.reoffer?.bind(media),
        },
      });
    });
  }
}

/** Turns JsSIP's reason why an answered call was not established into a failure. */
function unestablished(cause: string): AttemptFailure {
  if (cause === causes.noAck)
    return new AttemptFailure('TIMEOUT', 'no ACK to the 200 within 64*T1 (RFC 3261 13.3.1.4)');
  if (cause === causes.missingDescription)
    return new AttemptFailure(
      'NOT_ACCEPTABLE',
      'the ACK does not answer what the 200 offers (RFC 3261 13.2.1)',
    );
  return new AttemptFailure('HUNG_UP', 'the caller hung up at once');
}
