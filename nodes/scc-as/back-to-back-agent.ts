import type { Channel } from '../ue/dialler/channel';
import type { AttemptFailure } from '../ue/failure';
import type { DialogId } from '../ue/session';
import { ChannelSocket } from '../ue/sip/channel-socket';
import { hopOf } from '../ue/sip/digest-security';
import { UaClass } from '../ue/sip/jssip';
import type { InDialog, IncomingInvite, Session, Ua } from '../ue/sip/jssip';
import { rfcTimers } from '../ue/timers';
import type { UeTimers } from '../ue/timers';
import { Invitation } from './invitation';
import { Leg } from './leg';
import { Refusal } from './refusal';

/** Milliseconds until an INVITE of the AS that rings is given up; like Timer C of RFC 3261 16.6. */
const longestRinging = 200_000;

/** The extensions that an INVITE may require of the AS: it reads both header fields (RFC 3891, RFC 4538). */
const extensions = ['replaces', 'tdialog'];

/** The methods that it does. */
const methods = ['INVITE', 'ACK', 'CANCEL', 'BYE', 'OPTIONS'];

/** The socket of JsSIP, which announces what browsers and the UE can do. */
class AsSocket extends ChannelSocket {
  override send(message: string): boolean {
    const own = message
      .replace(/^Supported: .*$/m, `Supported: ${extensions.join(',')}`)
      .replace(/^Allow: .*$/m, `Allow: ${methods.join(',')}`);
    return super.send(own);
  }
}

/** An INVITE that the AS sends. */
export interface Outgoing {
  /** Request-URI and To. */
  readonly to: string;
  /** From, a SIP URI. */
  readonly from: string;
  /** The AS's own URI in the dialog. */
  readonly contact: string;
  /** Header fields besides, each as a line. */
  readonly fields: readonly string[];
  readonly maxForwards: number;
  readonly offer: string;
  /** Called with each early dialog. */
  readonly early?: (dialog: DialogId) => void;
  /** If it resolves before the answer, the INVITE is cancelled. */
  readonly cancelled: Promise<void>;
}

export interface AgentEvents {
  invited(invitation: Invitation): void;
  /** Called once when nothing more can come from the core. */
  lost(failure: AttemptFailure): void;
  readonly note: (text: string) => void;
}

/** What JsSIP has beside its declared types. */
type OpenSession = Session & { _contact: string };
type OpenUa = Ua & { receiveRequest(request: IncomingInvite & { ruri: unknown }): void };
interface OutgoingRequest {
  setHeader(name: string, value: string): void;
  cseq: number;
  readonly from: { getParam(name: string): string };
}

/**
 * The user agent of a back-to-back user agent (RFC 7092 3.1.2): it takes calls for anybody from the core and places
 * calls in anybody's name over it. JsSIP does parsing, transactions and dialogs, as in the reference UE.
 */
export class BackToBackAgent {
  private readonly ua: OpenUa;
  private readonly called = new WeakMap<object, string>();
  private readonly sessions = new Set<OpenSession>();

  /**
   * @param channel the way to the core
   * @param own the AS's own URI
   */
  constructor(
    channel: Channel,
    own: string,
    private readonly events: AgentEvents,
    timers: UeTimers = rfcTimers,
  ) {
    const socket = new AsSocket(
      channel,
      () => hopOf(channel, 1),
      timers,
      {
        identifier: () => undefined,
        sent: () => undefined,
        holds: () => false,
        arrived: () => undefined,
        handled: () => undefined,
        failed: (failure) => events.lost(failure),
        unreadable: (failure, end) => {
          events.note(failure.message);
          end();
        },
        note: (text) => events.note(text),
      },
      extensions,
    );
    this.ua = new UaClass({
      sockets: [socket as unknown as never],
      uri: own,
      contact_uri: own,
      register: false,
      session_timers: false,
      no_answer_timeout: longestRinging / 1000,
      user_agent: 'nimsfw-lab SCC AS',
    }) as OpenUa;
    this.takeRequestsForAnybody();
    this.ua.on('transactionDestroyed', ({ transaction }) => clearTimeout(transaction.H));
    this.ua.on(
      'newRTCSession',
      ({
        originator,
        session: begun,
        request,
      }: {
        originator: unknown;
        session: unknown;
        request: unknown;
      }) => {
        const session = begun as OpenSession;
        this.sessions.add(session);
        for (const end of ['ended', 'failed'] as const) session.on(end, () => this.sessions.delete(session));
        if (String(originator) !== 'remote') return;
        const invite = request as IncomingInvite;
        events.invited(new Invitation(invite, session, this.called.get(invite) ?? '', events.note));
      },
    );
    this.ua.start();
  }

  /** Ends all sessions, by a BYE or CANCEL whose answer is not awaited, and the timers of JsSIP. */
  stop(): void {
    for (const session of [...this.sessions]) if (!session.isEnded()) session.terminate();
    this.ua.transport.disconnect();
  }

  /**
   * Places a call.
   * @returns the leg and the answer, when the answer has come and was acknowledged
   * @throws Refusal what was answered; 487 if it was cancelled; 408 if nobody answered
   */
  async call(outgoing: Outgoing): Promise<{ readonly leg: Leg; readonly answer: string }> {
    const { described, answer, stands } = Leg.describing(outgoing.offer);
    let isCancelled = false;
    const leg = await new Promise<Leg>((resolve, reject) => {
      let dialog: DialogId | undefined;
      const session = this.ua.call(outgoing.to, {
        mediaConstraints: { audio: false, video: false },
        pcConfig: described as never,
        extraHeaders: [...outgoing.fields],
        eventHandlers: {
          sending: ({ request }: { request: OutgoingRequest }) => this.write(request, outgoing),
          progress: ({ response }: { response: InDialog | null }) => {
            if (response !== null) outgoing.early?.(seenByCaller(response));
          },
          accepted: ({ response }: { response: InDialog | null }) => {
            if (response !== null) dialog = seenByCaller(response);
          },
          confirmed: () => {
            if (dialog !== undefined && !session.isEnded()) resolve(stands(dialog, session));
          },
          ended: () => reject(new Refusal(480, 'The Other End Hung Up At Once')),
          failed: ({ message }: { message: { status_code?: number; reason_phrase?: string } | null }) =>
            reject(
              isCancelled
                ? new Refusal(487, 'Request Terminated')
                : new Refusal(message?.status_code ?? 408, message?.reason_phrase ?? 'Request Timeout'),
            ),
        },
      } as never) as OpenSession;
      // JsSIP writes one Contact for all calls, and has not sent the request yet.
      session._contact = `<${outgoing.contact}>`;
      void outgoing.cancelled.then(() => {
        if (session.isEnded()) return;
        isCancelled = true;
        session._is_canceled = !session.isEstablished();
        session.terminate();
      });
    });
    return { leg, answer: await answer };
  }

  /** Writes what JsSIP takes from its own configuration: From, Contact, and Max-Forwards (RFC 7332). */
  private write(request: OutgoingRequest, { from, contact, maxForwards }: Outgoing): void {
    request.setHeader('from', `<${from}>;tag=${request.from.getParam('tag')}`);
    request.setHeader('contact', `<${contact}>`);
    request.setHeader('max-forwards', String(maxForwards));
    if (request.cseq > 0) return;
    // RFC 3261 8.1.1.5 allows 0, but JsSIP takes a dialog that begins with 0 for one without a number.
    request.cseq = 1;
    request.setHeader('cseq', '1 INVITE');
  }

  /** JsSIP takes only what is for its own user; this agent stands in for every served user and for every remote one. */
  private takeRequestsForAnybody(): void {
    const receive = this.ua.receiveRequest.bind(this.ua);
    this.ua.receiveRequest = (request) => {
      this.called.set(request, String(request.ruri));
      request.ruri = this.ua.contact.uri;
      // JsSIP would look for the dialog itself, and end it.
      const { headers } = request as unknown as { headers: Record<string, unknown> };
      delete headers['Replaces'];
      receive(request);
    };
  }
}

const seenByCaller = ({ call_id, from_tag, to_tag }: InDialog): DialogId => ({
  callId: call_id,
  localTag: from_tag,
  remoteTag: to_tag,
});
