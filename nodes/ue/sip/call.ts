import { AttemptFailure } from '../failure';
import type { DialogId, SessionMedia } from '../session';
import { causes } from './jssip';
import type { Session } from './jssip';

/** How a call ended. */
export interface CallEnd {
  /** `failure` means that the flow is lost, or that the other end never acknowledged. */
  readonly by: 'us' | 'them' | 'failure';
  readonly reason: string;
}

/** The part of the user agent that its calls need. */
export interface CallKeeper {
  /** The failure that lost the flow; undefined while the flow holds. */
  readonly lost: AttemptFailure | undefined;
  /** Resolves when a request was answered, or after as long as a goodbye may take. */
  answered(method: 'INVITE' | 'BYE', callId: string): Promise<void>;
}

/** An established session: it was answered and acknowledged. It owns its media and closes them when it ends. */
export class Call {
  readonly ended: Promise<CallEnd>;
  private over = false;
  private leaving: string | undefined;

  constructor(
    readonly dialog: DialogId,
    private readonly session: Session,
    private readonly media: SessionMedia,
    private readonly keeper: CallKeeper,
    /** The other end's URI in the dialog (RFC 3261 12.1.2), if this end began it. */
    readonly remoteTarget?: string,
  ) {
    this.ended = new Promise((resolve) => {
      session.on('ended', ({ originator, cause }) => {
        this.over = true;
        resolve(this.endOf(originator, cause));
        // The media close after `ended` resolves, because a failure of the media that
        // follows from it must not come first.
        media.close();
      });
    });
    // It need not come about: the other end may hang up meanwhile, or refuse it.
    void media.offerDue?.then(() => this.reoffer()).catch(() => undefined);
  }

  /**
   * Makes the further offer that the media describe, by a re-INVITE (RFC 3261 14.1).
   * @throws AttemptFailure `SIP_REFUSED` if it is refused, and `NOT_ACCEPTABLE` if the media do not take the answer; the
   *   session then goes on as it was. `HUNG_UP` if the session ends meanwhile.
   */
  reoffer(): Promise<void> {
    const { session, media } = this;
    return new Promise((resolve, reject) => {
      void this.ended.then(({ reason }) => reject(new AttemptFailure('HUNG_UP', `no re-INVITE: ${reason}`)));
      if (this.over) return;
      if (!session.isReadyToReOffer()) {
        reject(new AttemptFailure('SIP_REFUSED', 'another offer is under way (RFC 3261 14.1)'));
        return;
      }
      session._sendReinvite({
        eventHandlers: {
          succeeded: () => resolve(),
          failed: (response) => {
            media.refused?.();
            reject(
              response === undefined
                ? new AttemptFailure('NOT_ACCEPTABLE', 'the answer to the re-INVITE is not acceptable')
                : new AttemptFailure(
                    'SIP_REFUSED',
                    `the re-INVITE was answered with ${response.status_code} ${response.reason_phrase}`.trim(),
                  ),
            );
          },
        },
      });
    });
  }

  /**
   * Ends the call with BYE. It resolves when the BYE was answered, or after the time that a goodbye may take; at
   * once if the call has ended already.
   * @param reason the reason that `ended` gives
   */
  async hangUp(reason = 'hung up'): Promise<void> {
    if (this.over) return;
    this.leaving = reason;
    const answered = this.keeper.answered('BYE', this.dialog.callId);
    this.session.terminate();
    await answered;
  }

  private endOf(originator: unknown, cause: string): CallEnd {
    const { lost } = this.keeper;
    if (lost !== undefined) return { by: 'failure', reason: lost.message };
    if (originator === 'local') return { by: 'us', reason: this.leaving ?? cause };
    if (cause === causes.bye) return { by: 'them', reason: 'the other end hung up' };
    return {
      by: 'failure',
      reason: cause === causes.noAck ? 'the 200 to INVITE was never acknowledged' : cause,
    };
  }
}
