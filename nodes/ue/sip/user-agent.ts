import { userOf } from '../../../kit/sip-fields';
import { within } from '../../../kit/deadline';
import { Deferred } from '../../../kit/deferred';
import type { Attempt } from '../attempt';
import type { Channel } from '../dialler/channel';
import { AttemptFailure, asFailure, messageOf } from '../failure';
import type { Rung } from '../../../ladder';
import type { UeConfig } from '../protocol';
import { keyOfDialog, type DialogId, type SessionMedia } from '../session';
import { wallClock, type UeTimers } from '../timers';
import { Call } from './call';
import { ChannelSocket } from './channel-socket';
import { digestSecurity } from './digest-security';
import { FlowCheck } from './flow-check';
import { IncomingCall } from './incoming-call';
import { UaClass, causes, useTimers } from './jssip';
import type { InDialog, IncomingInvite, IncomingRequest, Session, Ua } from './jssip';
import { RegEvent } from './reg-event';
import { Registration, instanceOf, mmtel, registrationSeconds } from './registration';
import type { SipSecurity } from './security';
import { acknowledgeProvisionals, ringReliably } from './reliable-provisional';
import { headerOf, keyOf, statusOf } from './sip-text';
import type { SipStatus } from './sip-text';

/**
 * Seconds that an incoming call may ring; it is above Timer C of RFC 3261 16.6, so that a
 * proxy gives up before this end.
 */
const ringingSeconds = 200;

/** The part of an attempt that its user agent needs. */
export type UserAgentOwner = Pick<Attempt, 'tellIdentifier' | 'closeAtEnd' | 'note'> & {
  readonly request: Pick<Rung, 'step'>;
};

/** An incoming pager-mode message with text (RFC 3428). It is answered with 200, as are notifications of messages. */
export interface IncomingMessage {
  /** Time at which it came, by the wall clock. */
  readonly at: number;
  /** URI of the sender. */
  readonly from: string;
  readonly text: string;
}

/** Listeners for incoming requests and for the loss of the flow. A request without a listener is refused. */
export interface UserAgentEvents {
  message?(message: IncomingMessage): void;
  call?(call: IncomingCall): void;
  /** Called once if the flow is lost, but not after the user agent was stopped. */
  lost?(failure: AttemptFailure): void;
}

export interface CallOptions {
  /** The dialog, as this end sees it, that the called end has to end for the new one (RFC 3891). */
  readonly replaces?: DialogId | undefined;
  /** Another dialog, as this end sees it, that the request is about (RFC 4538). */
  readonly targets?: DialogId | undefined;
  /** Milliseconds until an unanswered call is given up; by default {@link UeTimers.sipAnswer}. */
  readonly answerWithinMs?: number | undefined;
}

/**
 * A SIP user agent on an open channel. JsSIP does parsing, transactions, dialogs and digest, over the lab's own
 * transport. The user agent ends with its owner, which also closes the channel.
 */
export class UserAgent {
  private readonly socket: ChannelSocket;
  private readonly ua: Ua;
  private readonly sessions = new Set<Session>();
  private readonly calls = new Map<string, Call>();
  private readonly waiting = new Map<string, () => void>();
  /** The response that JsSIP is dealing with; the events of JsSIP meanwhile are caused by it. */
  private arriving: SipStatus | undefined;
  /** The failure of a response that cannot be read, while JsSIP ends its transaction. */
  private unreadable: AttemptFailure | undefined;
  private readonly registration: Registration;
  private readonly regEvent: RegEvent;
  private failure: AttemptFailure | undefined;
  private stopped = false;
  private flowCheck: FlowCheck | undefined;
  private readonly closers: (() => void)[] = [];
  private events: UserAgentEvents = {};

  /** @param security how the two ends prove who they are; by default SIP Digest */
  constructor(
    private readonly channel: Channel,
    private readonly subscriber: UeConfig['subscriber'],
    private readonly timers: UeTimers,
    private readonly owner: UserAgentOwner,
    security: SipSecurity = digestSecurity(channel, subscriber, owner.request.step),
  ) {
    this.socket = new ChannelSocket(channel, () => security.hop, timers, {
      identifier: (kind, value) => owner.tellIdentifier(kind, value),
      sent: (text) => keyOf(text)?.method === 'REGISTER' && this.registration.sent(text),
      holds: (text) => this.regEvent.holds(text),
      arrived: (text) => {
        this.arriving = statusOf(text);
        if (keyOf(text)?.method === 'REGISTER') this.registration.arrived(text);
      },
      handled: (text) => this.handled(text),
      failed: (failure) => this.lose(failure),
      unreadable: (failure, end) => {
        this.unreadable = failure;
        end();
        this.unreadable = undefined;
      },
      note: (text) => owner.note(text),
    });
    const user = userOf(subscriber.impu) ?? 'ue';
    const contact = `sip:${user}@${channel.local.ip}:${channel.local.port}${transportParameter(channel)}`;
    useTimers(timers);
    this.ua = new UaClass({
      sockets: [this.socket as unknown as never],
      uri: subscriber.impu,
      contact_uri: contact,
      ...security.credentials,
      registrar_server: `sip:${subscriber.domain}`,
      register_expires: registrationSeconds,
      instance_id: instanceOf(subscriber.impi),
      // Refreshed by re-INVITE, which every phone knows.
      session_timers: true,
      session_timers_refresh_method: 'INVITE',
      no_answer_timeout: ringingSeconds,
      user_agent: 'nimsfw-lab reference UE',
    });
    this.registration = new Registration(this.ua, subscriber, security, (cause) =>
      this.failureOf('REGISTER', cause),
    );
    this.regEvent = new RegEvent(this.ua, {
      identity: subscriber.impu,
      contact,
      timers,
      failureOf: (cause) => this.failureOf('SUBSCRIBE', cause),
      take: (notify) => this.socket.take(notify),
    });
    this.ua.on('transactionDestroyed', ({ transaction }) => clearTimeout(transaction.H));
    owner.closeAtEnd(() => this.stop());
  }

  /** The failure that lost the flow; undefined while the flow holds. */
  get lost(): AttemptFailure | undefined {
    return this.failure;
  }

  /**
   * Seconds between keep-alives that the P-CSCF recommended for the registration
   * (RFC 6223); undefined if it did not.
   */
  get keepSeconds(): number | undefined {
    return this.registration.facts?.keepSeconds;
  }

  /**
   * Asks the P-CSCF over the flow, as a keep-alive does, whether the flow still holds (RFC 5626 4.4).
   * @throws AttemptFailure `FLOW_LOST`, or the channel's failure
   */
  async checkFlow(): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    this.flowCheck ??= this.newFlowCheck();
    try {
      await this.flowCheck.check();
    } catch (error) {
      throw this.failure ?? error;
    }
  }

  /** Says whether the flow still holds; never rejects. */
  isFlowAlive(): Promise<boolean> {
    return this.checkFlow().then(
      () => true,
      () => false,
    );
  }

  /** Has `close` called when the user agent is stopped or its flow is lost. */
  whenOver(close: () => void): void {
    if (this.stopped || this.failure !== undefined) close();
    else this.closers.push(close);
  }

  /** Sets the listeners, in place of earlier ones. Call it before {@link register}. */
  on(events: UserAgentEvents): void {
    this.events = events;
    if (events.message !== undefined && this.ua.listeners('newMessage').length === 0) this.takeMessages();
    if (events.call !== undefined) this.useSessions();
  }

  /**
   * Registers and subscribes to the registration (TS 24.229 5.1.1.3). It resolves when
   * the network has notified this UE over its flow, and so can reach it.
   * @throws AttemptFailure `SIP_REFUSED`, `TIMEOUT` or the channel's failure, like every request here, and the failures of
   *   {@link Registration.register} and {@link RegEvent.start}
   */
  async register(): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    await this.registration.register();
    await this.regEvent.start(this.initialFields());
  }

  /**
   * Ends calls that a failure has left (RFC 3261 15: an end that gives a session up sends BYE), deregisters, and closes
   * the channel once the network has notified that the registration has ended. If this fails, or takes longer than a
   * goodbye may, it is only noted.
   */
  async deregister(): Promise<void> {
    const withinMs = this.timers.goodbye;
    const abandoned = new Deferred<never>();
    this.owner.closeAtEnd(() => abandoned.reject(new Error('abandoned')));
    this.endSessions();
    const leave = async (): Promise<void> => {
      if (this.failure !== undefined) throw this.failure;
      await this.registration.unregister();
      await this.notifiedOfEnd();
      await this.channel.close();
    };
    const late = (): Error => new Error(`not done within ${withinMs} ms`);
    try {
      await within(withinMs, Promise.race([leave(), abandoned.promise]), late);
    } catch (error) {
      this.owner.note(`could not de-register: ${messageOf(error)}`);
    }
  }

  /**
   * Sends a pager-mode message (RFC 3428). It resolves when the message was answered with 2xx.
   * @param to URI
   */
  message(to: string, text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) throw this.failure;
      this.ua.sendMessage(to, text, {
        contentType: 'text/plain;charset=UTF-8',
        extraHeaders: this.initialFields(),
        eventHandlers: {
          succeeded: () => resolve(),
          failed: ({ cause }) => reject(this.failureOf('MESSAGE', cause)),
        },
      });
    });
  }

  /**
   * Calls somebody. It resolves when the 200 has come, `media` has taken its answer, and the ACK is sent.
   * @param to URI
   * @param media the media of the call; they are closed when the call ends, or if it is not established
   * @throws AttemptFailure the failure of `media`; `NO_ANSWER`, after CANCEL, if nobody answered in time; `HUNG_UP`
   *   if the other end ended the call before it was established
   */
  async call(to: string, media: SessionMedia, options: CallOptions = {}): Promise<Call> {
    try {
      this.useSessions();
      const offer = await media.offer();
      if (this.failure !== undefined) throw this.failure;
      return await this.invite(to, media, offer, options);
    } catch (error) {
      media.close();
      throw asFailure(error);
    }
  }

  /**
   * Resolves when a request was answered, or after as long as a goodbye may take.
   * @param callId Call-ID of the request
   */
  answered(method: 'INVITE' | 'BYE', callId: string): Promise<void> {
    const key = `${method} ${callId}`;
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.waiting.delete(key);
        resolve();
      };
      const timer = setTimeout(done, this.timers.goodbye);
      this.waiting.set(key, done);
    });
  }

  /** Ends all sessions, by a BYE or CANCEL whose answer is not awaited, and JsSIP's timers and transactions. */
  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.registration.forget();
    this.regEvent.stop();
    this.events = {};
    this.endSessions();
    this.ua.transport.disconnect();
    this.close();
  }

  private lose(failure: AttemptFailure): void {
    if (this.stopped || this.failure !== undefined) return;
    this.failure = failure;
    this.registration.end(failure);
    this.regEvent.end(failure);
    this.regEvent.stop();
    this.ua.transport.disconnect();
    this.endSessions();
    this.close();
    this.tell(() => this.events.lost?.(failure));
  }

  private close(): void {
    for (const close of this.closers.splice(0)) close();
    for (const done of [...this.waiting.values()]) done();
  }

  private newFlowCheck(): FlowCheck {
    const tell = (id: string): void => this.owner.tellIdentifier('stun-transaction', id);
    const check = new FlowCheck(
      this.socket,
      this.channel.transport !== 'udp',
      this.timers,
      tell,
      this.registration.facts?.seenFrom,
    );
    this.whenOver(() => check.stop());
    return check;
  }

  /** Waits for the notification that the registration has ended, which is answered. A network may owe it. */
  private async notifiedOfEnd(): Promise<void> {
    const withinMs = this.timers.goodbye / 2;
    const late = (): Error =>
      new Error(`no notification that the registration has ended within ${withinMs} ms`);
    await within(withinMs, this.regEvent.ended(), late).catch((error: unknown) =>
      this.owner.note(messageOf(error)),
    );
  }

  private endSessions(): void {
    for (const session of [...this.sessions]) {
      if (!session.isEnded()) session.terminate();
    }
  }

  /**
   * Returns the header fields of an initial request: its way, which is the P-CSCF and then the Service-Route (TS 24.229
   * 5.1.2A.1.1), and the identity as which the UE asks for it (RFC 3325 9.2).
   */
  private initialFields(): string[] {
    const { ip, port } = this.channel.server;
    const pcscf = `<sip:${ip}:${port}${transportParameter(this.channel)};lr>`;
    return [
      ...[pcscf, ...(this.registration.facts?.serviceRoute ?? [])].map((route) => `Route: ${route}`),
      `P-Preferred-Identity: <${this.subscriber.impu}>`,
    ];
  }

  private takeMessages(): void {
    this.ua.on('newMessage', ({ originator, request }: IncomingEvent) => {
      if (!fromOutside(originator)) return;
      if (request.body && request.getHeader('Content-Type') !== 'text/plain') return;
      const at = wallClock();
      this.tell(() =>
        this.events.message?.({ at, from: request.from.uri.toString(), text: request.body ?? '' }),
      );
    });
  }

  private useSessions(): void {
    if (this.ua.listeners('newRTCSession').length > 0) return;
    this.ua.on(
      'newRTCSession',
      ({ originator, session: begun, request }: IncomingEvent & { session: unknown }) => {
        const session = begun as Session;
        this.sessions.add(session);
        for (const end of ['ended', 'failed'] as const) session.on(end, () => this.sessions.delete(session));
        if (fromOutside(originator)) this.rings(session, request as IncomingInvite);
        else acknowledgeProvisionals(session);
      },
    );
  }

  private rings(session: Session, invite: IncomingInvite): void {
    if (this.events.call === undefined) {
      session.terminate({ status_code: 480 });
      return;
    }
    ringReliably(session, invite, this.timers);
    const call = new IncomingCall(invite, session, this, (stands) =>
      this.established(stands, session, call.replaces),
    );
    this.tell(() => this.events.call?.(call));
  }

  private established(call: Call, session: Session, replaces?: DialogId): void {
    const key = keyOfDialog(call.dialog);
    this.calls.set(key, call);
    session.on('ended', () => this.calls.delete(key));
    // RFC 3891: only an established dialog can be replaced. If JsSIP does not find the dialog, it refuses with 481.
    session.on('replaces', ({ accept }) => {
      const begin = accept as (begun: (successor: Session) => void) => void;
      // JsSIP would end the old session itself, and fail if that session is over by then.
      begin((successor) => successor.removeAllListeners('confirmed'));
    });
    const old = replaces && this.calls.get(keyOfDialog(replaces));
    if (old !== undefined) void old.hangUp('replaced');
  }

  private invite(
    to: string,
    media: SessionMedia,
    offer: string,
    { replaces, targets, answerWithinMs = this.timers.sipAnswer }: CallOptions,
  ): Promise<Call> {
    return new Promise((resolve, reject) => {
      let refusal: AttemptFailure | undefined;
      let callId: string | undefined;
      let dialog: DialogId | undefined;
      let remoteTarget: string | undefined;
      const settled = (): void => clearTimeout(timer);
      const session = this.ua.call(to, {
        mediaConstraints: { audio: false, video: false },
        pcConfig: {
          local: offer,
          accept: async (answer: string) => {
            settled();
            try {
              await media.accept(answer);
            } catch (error) {
              refusal = asFailure(error);
              throw error;
            }
          },
          reanswer: media.reanswer?.bind(media),
          reoffer: media.reoffer?.bind(media),
        },
        extraHeaders: [
          ...this.initialFields(),
          ...(offersAudio(offer) ? telephony : []),
          ...(replaces ? replacing(replaces) : []),
          ...(targets ? targeting(targets) : []),
        ],
        eventHandlers: {
          sending: ({ request }) => {
            callId = request.call_id;
            numberFromOne(request);
          },
          accepted: (event: unknown) => {
            const { response } = event as { response: InDialog & { getHeader(name: string): string } };
            const { call_id, from_tag, to_tag } = response;
            dialog = { callId: call_id, localTag: from_tag, remoteTag: to_tag };
            remoteTarget = /<([^>]+)>/.exec(response.getHeader('Contact'))?.[1];
          },
          confirmed: () => {
            if (dialog === undefined || session.isEnded()) return;
            const call = new Call(dialog, session, media, this, remoteTarget);
            this.established(call, session);
            resolve(call);
          },
          ended: () => {
            settled();
            reject(this.failure ?? new AttemptFailure('HUNG_UP', 'the other end hung up at once'));
          },
          failed: ({ cause }) => {
            settled();
            if (gaveUp === undefined) reject(refusal ?? this.failureOf('INVITE', cause));
          },
        },
      }) as Session;
      let gaveUp: AttemptFailure | undefined;
      const timer = setTimeout(() => {
        const failure = new AttemptFailure('NO_ANSWER', `nobody answered within ${answerWithinMs / 1000} s`);
        gaveUp = failure;
        void this.cancel(session, callId).then(() => reject(failure));
      }, answerWithinMs);
    });
  }

  /**
   * Cancels an INVITE (RFC 3261 9.1). It resolves when the INVITE has its final
   * response, or will not get one in time.
   */
  private async cancel(session: Session, callId: string | undefined): Promise<void> {
    const answered = callId && this.answered('INVITE', callId);
    session._is_canceled = true;
    session.terminate();
    await answered;
  }

  private handled(text: string): void {
    this.arriving = undefined;
    const status = statusOf(text);
    const method = keyOf(text)?.method;
    if (status === undefined || status.code < 200) return;
    if (method === 'REGISTER') this.registration.handled(text);
    this.waiting.get(`${method} ${headerOf(text, 'Call-ID')}`)?.();
  }

  /** @param cause JsSIP's reason */
  private failureOf(
    method: 'REGISTER' | 'SUBSCRIBE' | 'MESSAGE' | 'INVITE',
    cause: string | undefined,
  ): AttemptFailure {
    if (this.failure !== undefined) return this.failure;
    if (this.stopped) return new AttemptFailure('ABANDONED', `${method} was abandoned`);
    if (cause === causes.badDescription) {
      return new AttemptFailure('NOT_ACCEPTABLE', 'the 200 to INVITE holds no description');
    }
    if (this.unreadable !== undefined) return this.unreadable;
    if (this.arriving !== undefined) {
      const answer = show(this.arriving);
      // JsSIP rejects a 200 to INVITE without Contact or tag.
      if (this.arriving.code < 300) {
        return new AttemptFailure('SIP_PROTOCOL', `the ${answer} to ${method} begins no dialog: ${cause}`);
      }
      return new AttemptFailure('SIP_REFUSED', `${method} was answered with ${answer}`);
    }
    if (cause !== undefined && silence.includes(cause)) return unanswered(method, this.timers);
    return new AttemptFailure('INTERNAL', `JsSIP gave ${method} up: ${cause ?? 'no reason'}`);
  }

  /** Calls a listener. An error of the listener must not end the work of JsSIP. */
  private tell(event: () => void): void {
    try {
      event();
    } catch (error) {
      this.owner.note(`a listener failed: ${messageOf(error)}`);
    }
  }
}

/**
 * JsSIP's words for no answer at all. They come from its own Timers B, after which it cancels, and F, which run
 * beside those of {@link ChannelSocket}; or from these, which JsSIP gets as a 408 (RFC 3261 8.1.3.1).
 */
const silence: readonly string[] = [causes.requestTimeout, causes.canceled, causes.unavailable];

/** The failure of a request whose Timer B or F ran out. */
function unanswered(method: string, timers: Pick<UeTimers, 'sipT1'>): AttemptFailure {
  const timer = method === 'INVITE' ? 'Timer B' : 'Timer F';
  const seconds = (64 * timers.sipT1) / 1000;
  return new AttemptFailure(
    'TIMEOUT',
    `no final response to ${method} within ${seconds} s (${timer} of RFC 3261)`,
  );
}

/** JsSIP's event for a request that came in, or for one that it sends itself. */
interface IncomingEvent {
  readonly originator: unknown;
  readonly request: IncomingRequest;
}

/** Says whether a request came in; JsSIP has the same event for requests that it sends. */
function fromOutside(originator: unknown): boolean {
  return originator === 'remote';
}

/**
 * Changes a CSeq number 0 to 1. RFC 3261 8.1.1.5 allows 0, but JsSIP takes a dialog that begins with 0 for one
 * without a number. It then draws other numbers for ACK and BYE, which the other end refuses.
 */
function numberFromOne(invite: { cseq: number; setHeader(name: string, value: string): void }): void {
  if (invite.cseq > 0) return;
  invite.cseq = 1;
  invite.setHeader('cseq', '1 INVITE');
}

/** Writes the header fields that ask to replace a dialog, with the tags as the called end sees them (RFC 3891 3). */
function replacing({ callId, localTag, remoteTag }: DialogId): string[] {
  return [`Replaces: ${callId};to-tag=${remoteTag};from-tag=${localTag}`, 'Require: replaces'];
}

/** Writes the header fields that name another dialog, with the tags as the called end sees them (RFC 4538 7). */
function targeting({ callId, localTag, remoteTag }: DialogId): string[] {
  return [`Target-Dialog: ${callId};local-tag=${remoteTag};remote-tag=${localTag}`, 'Require: tdialog'];
}

/** Header fields of an INVITE to the IMS multimedia telephony service (TS 24.173 5.1; TS 24.229 5.1.2A.1.1). */
const telephony: readonly string[] = [
  `Accept-Contact: *;+g.3gpp.icsi-ref="${encodeURIComponent(mmtel)}"`,
  `P-Preferred-Service: ${mmtel}`,
];

const offersAudio = (offer: string): boolean => /^m=audio /m.test(offer);

/** Returns the parameter that names the transport of a channel in a SIP URI, whose default is UDP. */
const transportParameter = ({ transport }: Pick<Channel, 'transport'>): string =>
  transport === 'udp' ? '' : `;transport=${transport}`;

function show(status: SipStatus): string {
  return `${status.code} ${status.reason}`.trim();
}
