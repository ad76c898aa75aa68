import type { AttemptFailure } from '../failure';
import type { DialogId, SessionMedia } from '../session';
import { causes } from './jssip';
import type { Session } from './jssip';

/** How a call ended. */
export interface CallEnd {
  /** `failure`: the flow is gone, or the other end never acknowledged. */
  readonly by: 'us' | 'them' | 'failure';
  readonly reason: string;
}

/** What a call needs of the user agent that it belongs to. */
export interface CallKeeper {
  /** Why nothing more can come of the flow, once that is so. */
  readonly lost: AttemptFailure | undefined;
  /** Resolves when a request was answered, or after as long as a goodbye may take. */
  answered(method: 'INVITE' | 'BYE', callId: string): Promise<void>;
}

/** A session that stands: answered and acknowledged. It owns its media and closes them when it ends. */
export class Call {
  readonly ended: Promise<CallEnd>;
  private over = false;
  private leaving: string | undefined;

  constructor(
    readonly dialog: DialogId,
    private readonly session: Session,
    media: SessionMedia,
    private readonly keeper: CallKeeper,
  ) {
    this.ended = new Promise((resolve) => {
      session.on('ended', ({ originator, cause }) => {
        this.over = true;
        resolve(this.endOf(originator, cause));
        // After that: what then fails of the media is a consequence, and not to be told first.
        media.close();
      });
    });
  }

  /**
   * Ends it with BYE. Resolves when that was answered, or not within the time that a goodbye may take; at once if it has
   * ended already.
   * @param reason for `ended`
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
