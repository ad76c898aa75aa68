import type { DialogId } from '../ue/session';
import type { IncomingInvite, Session } from '../ue/sip/jssip';
import { Leg } from './leg';
import { Refusal } from './refusal';
import { sourceLegOf } from './source-leg';

/** An INVITE that has come from the core, and is answered or refused once. */
export class Invitation {
  /** The dialog that its answers begin, as the AS sees it. */
  readonly dialog: DialogId;
  /** SDP; undefined if the INVITE has no offer. */
  readonly offer: string | undefined;
  /** The URI in From. */
  readonly from: string;
  /** Resolves when the INVITE cannot be answered any more: it was cancelled, refused, or never acknowledged. */
  readonly cancelled: Promise<void>;

  /** @param called the Request-URI */
  constructor(
    private readonly invite: IncomingInvite,
    private readonly session: Session & { _contact: string },
    readonly called: string,
    private readonly note: (text: string) => void,
  ) {
    this.dialog = { callId: invite.call_id, localTag: invite.to_tag, remoteTag: invite.from_tag };
    this.offer = invite.body || undefined;
    this.from = invite.from.uri.toString();
    this.cancelled = new Promise((resolve) => session.on('failed', () => resolve()));
  }

  /** The public user identity that the core asserts of the caller (RFC 3325); the first, if there are two. */
  get asserted(): string | undefined {
    return /<\s*([^>\s]+)\s*>|^\s*([^\s,;]+)/
      .exec(this.field('P-Asserted-Identity') ?? '')
      ?.slice(1)
      .find((uri) => uri !== undefined);
  }

  /** The source access leg that the INVITE names. */
  get sourceLeg(): ReturnType<typeof sourceLegOf> {
    const { replaces } = this.invite;
    return sourceLegOf({
      replaces: replaces && `${replaces.call_id};to-tag=${replaces.to_tag};from-tag=${replaces.from_tag}`,
      targetDialog: this.field('Target-Dialog'),
    });
  }

  /** The Route entries behind the AS's own, in order: how the INVITE goes on (TS 24.229 5.4.3.2). */
  get routes(): string[] {
    return this.all('Route')
      .flatMap((value) => value.split(','))
      .map((value) => value.trim())
      .slice(1);
  }

  get maxForwards(): number {
    const value = Number(this.field('Max-Forwards') ?? 70);
    return Number.isInteger(value) ? value : 70;
  }

  /** Returns a header field, its first value. */
  field(name: string): string | undefined {
    return this.invite.getHeader(name);
  }

  /** Sets the AS's own URI in the dialog. Call it before anything is awaited, as JsSIP answers with 180 then. */
  contactAs(uri: string): void {
    this.session._contact = `<${uri}>`;
  }

  /**
   * Answers with 200.
   * @returns the leg when the 200 was acknowledged
   * @throws Refusal if the caller has given up, or never acknowledged
   */
  answer(sdp: string): Promise<Leg> {
    const { session } = this;
    return new Promise((resolve, reject) => {
      if (session.isEnded()) throw new Refusal(487, 'Request Terminated');
      const { described, stands } = Leg.describing(sdp);
      const gaveUp = (): void => reject(new Refusal(487, 'Request Terminated'));
      session.on('failed', gaveUp);
      session.on('ended', gaveUp);
      session.on('confirmed', () => resolve(stands(this.dialog, session)));
      session.answer({ mediaConstraints: { audio: false, video: false }, pcConfig: described as never });
    });
  }

  /** Refuses the call; nothing happens if it has ended already. */
  refuse({ code, phrase }: Pick<Refusal, 'code' | 'phrase'>): void {
    this.note(`an INVITE to ${this.called} was refused: ${code} ${phrase}`);
    if (!this.session.isEnded()) this.session.terminate({ status_code: code, reason_phrase: phrase });
  }

  private all(name: string): string[] {
    return (this.invite as IncomingInvite & { getHeaders(name: string): string[] }).getHeaders(name);
  }
}
