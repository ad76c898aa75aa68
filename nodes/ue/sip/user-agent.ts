import { randomUUID } from 'node:crypto';
import { within } from '../../../kit/deadline';
import { Deferred } from '../../../kit/deferred';
import type { Attempt } from '../attempt';
import type { Channel } from '../dialler/channel';
import { AttemptFailure, asFailure, messageOf } from '../failure';
import type { Rung, Security } from '../../../ladder';
import type { Endpoint, UeConfig } from '../protocol';
import type { DialogId, SessionMedia } from '../session';
import { wallClock, type UeTimers } from '../timers';
import { Call } from './call';
import { ChannelSocket } from './channel-socket';
import { FlowCheck } from './flow-check';
import { IncomingCall } from './incoming-call';
import { UaClass, causes } from './jssip';
import type { InDialog, IncomingInvite, IncomingRequest, Session, Ua } from './jssip';
import { headerOf, keepOf, keyOf, seenFrom, statusOf } from './sip-text';
import type { SipStatus } from './sip-text';

/** RFC 5626 4.1: the same in every registration of this UE. */
const instanceId = randomUUID();

/** Seconds; what TS 24.229 5.1.1.2.1 has a UE ask for. */
const registrationSeconds = 600_000;

/** Seconds that a call may ring here; above Timer C of RFC 3261 16.6, so that a proxy gives up before. */
const ringingSeconds = 200;

/** What a user agent needs of the attempt that it works for; who works for none brings its own. */
export type UserAgentOwner = Pick<Attempt, 'tellIdentifier' | 'closeAtEnd' | 'note'> & {
  readonly request: Pick<Rung, 'step' | 'security'>;
};

/** A pager-mode message of text that came in (RFC 3428); it is answered with 200, as notifications of messages are. */
export interface IncomingMessage {
  /** When it came; wall clock. */
  readonly at: number;
  /** URI of the sender. */
  readonly from: string;
  readonly text: string;
}

/** Requests that come in. One without a listener is refused with 405. */
export interface UserAgentEvents {
  message?(message: IncomingMessage): void;
  call?(call: IncomingCall): void;
  /** Nothing more can come of the flow: told once, and only if it was not stopped before. */
  lost?(failure: AttemptFailure): void;
}

export interface CallOptions {
  /** The dialog, as this end sees it, that the called end is to end for the new one (RFC 3891). */
  readonly replaces?: DialogId | undefined;
  /** Milliseconds until a call that nobody answers is given up; {@link UeTimers.sipAnswer} if not given. */
  readonly answerWithinMs?: number | undefined;
}

/** With what JsSIP proves who the subscriber is, by the security of the rung. */
const proofs: Readonly<
  Record<Security, (subscriber: UeConfig['subscriber']) => { authorization_user: string; password: string }>
> = {
  digest: ({ impi, password }) => ({ authorization_user: impi, password }),
};

/**
 * A SIP user agent on an open channel: JsSIP for parsing, transactions, dialogs and digest, the lab's transport beneath.
 * It ends with its owner; the channel is the owner's to close.
 */
export class UserAgent {
  private readonly socket: ChannelSocket;
  private readonly ua: Ua;
  private readonly sessions = new Set<Session>();
  private readonly calls = new Map<string, Call>();
  private readonly waiting = new Map<string, () => void>();
  /** The response that JsSIP is dealing with: what it tells meanwhile, it tells because of it. */
  private arriving: SipStatus | undefined;
  /** The same of one that cannot be read, and so ends its transaction. */
  private unreadable: AttemptFailure | undefined;
  /** Ends the registration or de-registration that is being waited for. */
  private settle: (failure?: AttemptFailure) => void = () => undefined;
  private failure: AttemptFailure | undefined;
  private stopped = false;
  private keep: number | undefined;
  private seenFrom: Endpoint | undefined;
  private flowCheck: FlowCheck | undefined;
  private readonly closers: (() => void)[] = [];
  private events: UserAgentEvents = {};

  constructor(
    private readonly channel: Channel,
    subscriber: UeConfig['subscriber'],
    private readonly timers: UeTimers,
    private readonly owner: UserAgentOwner,
  ) {
    this.socket = new ChannelSocket(channel, owner.request.step, timers, {
      identifier: (kind, value) => owner.tellIdentifier(kind, value),
      arrived: (text) => (this.arriving = statusOf(text)),
      handled: (text) => this.handled(text),
      failed: (failure) => this.lose(failure),
      unreadable: (failure, end) => {
        this.unreadable = failure;
        end();
        this.unreadable = undefined;
      },
      note: (text) => owner.note(text),
    });
    const user = userOf(subscriber.impu);
    const transport = channel.transport === 'udp' ? '' : `;transport=${channel.transport}`;
    this.ua = new UaClass({
      sockets: [this.socket as unknown as never],
      uri: subscriber.impu,
      contact_uri: `sip:${user}@${channel.local.ip}:${channel.local.port}${transport}`,
      ...proofs[owner.request.security](subscriber),
      registrar_server: `sip:${subscriber.domain}`,
      register_expires: registrationSeconds,
      instance_id: instanceId,
      session_timers: false,
      no_answer_timeout: ringingSeconds,
      user_agent: 'nimsfw-lab reference UE',
    });
    this.ua.on('registered', () => this.settle());
    this.ua.on('registrationFailed', ({ cause }) => this.settle(this.failureOf('REGISTER', cause)));
    this.ua.on('unregistered', ({ cause }) =>
      this.settle(cause ? this.failureOf('REGISTER', cause) : undefined),
    );
    this.ua.on('transactionDestroyed', ({ transaction }) => clearTimeout(transaction.H));
    owner.closeAtEnd(() => this.stop());
  }

  /** Why nothing more can come of the flow, once that is so. */
  get lost(): AttemptFailure | undefined {
    return this.failure;
  }

  /** Seconds between keep-alives that the P-CSCF recommended for the registration (RFC 6223); nothing if it did not. */
  get keepSeconds(): number | undefined {
    return this.keep;
  }

  /**
   * Asks the P-CSCF over the flow whether it still stands (RFC 5626 4.4); as a keep-alive does.
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

  /** Whether the flow still stands; never rejects. */
  isFlowAlive(): Promise<boolean> {
    return this.checkFlow().then(
      () => true,
      () => false,
    );
  }

  /** Calls `close` when it is stopped or its flow is lost. */
  whenOver(close: () => void): void {
    if (this.stopped || this.failure !== undefined) close();
    else this.closers.push(close);
  }

  /** Says who takes what comes in, in place of who did before. To be called before {@link register}. */
  on(events: UserAgentEvents): void {
    this.events = events;
    if (events.message !== undefined && this.ua.listeners('newMessage').length === 0) this.takeMessages();
    if (events.call !== undefined) this.useSessions();
  }

  /**
   * Registers by SIP Digest (TS 33.203 Annex N); resolves with the 200.
   * @throws AttemptFailure `SIP_REFUSED`, `TIMEOUT` or the channel's failure, as every request here
   */
  register(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) throw this.failure;
      this.settle = (failure) => (failure ? reject(failure) : resolve());
      this.ua.start();
    });
  }

  /**
   * Ends calls that still stand, as their failure leaves them (RFC 3261 15: who gives a session up sends BYE), takes the
   * registration back and closes the channel. That it fails, or takes longer than a goodbye may, is noted and
   * nothing else.
   */
  async deregister(): Promise<void> {
    const withinMs = this.timers.goodbye;
    const abandoned = new Deferred<never>();
    this.owner.closeAtEnd(() => abandoned.reject(new Error('abandoned')));
    this.endSessions();
    const leave = async (): Promise<void> => {
      await this.unregistered();
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
   * Sends a pager-mode message (RFC 3428); resolves when it was answered with 2xx.
   * @param to URI
   */
  message(to: string, text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) throw this.failure;
      this.ua.sendMessage(to, text, {
        contentType: 'text/plain;charset=UTF-8',
        eventHandlers: {
          succeeded: () => resolve(),
          failed: ({ cause }) => reject(this.failureOf('MESSAGE', cause)),
        },
      });
    });
  }

  /**
   * Calls; resolves when the 200 came, its answer was taken and the ACK sent.
   * @param to URI
   * @param media closed when the call ends, or does not come to stand
   * @throws AttemptFailure what `media` could not do; `NO_ANSWER` when nobody answered in time, after CANCEL;
   *   `HUNG_UP` when the other end ended it before it stood
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
   * @param callId which one
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

  /** Ends what is going on, with a BYE or CANCEL that nobody waits for, and JsSIP's timers and transactions. */
  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.settle = () => undefined;
    this.events = {};
    this.endSessions();
    this.ua.transport.disconnect();
    this.close();
  }

  private lose(failure: AttemptFailure): void {
    if (this.stopped || this.failure !== undefined) return;
    this.failure = failure;
    this.settle(failure);
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
      this.seenFrom,
    );
    this.whenOver(() => check.stop());
    return check;
  }

  private endSessions(): void {
    for (const session of [...this.sessions]) {
      if (!session.isEnded()) session.terminate();
    }
  }

  private unregistered(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) throw this.failure;
      this.settle = (failure) => (failure ? reject(failure) : resolve());
      this.ua.unregister();
    });
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
      },
    );
  }

  private rings(session: Session, invite: IncomingInvite): void {
    if (this.events.call === undefined) {
      session.terminate({ status_code: 480 });
      return;
    }
    const call = new IncomingCall(invite, session, this, (stands) =>
      this.established(stands, session, call.replaces),
    );
    this.tell(() => this.events.call?.(call));
  }

  private established(call: Call, session: Session, replaces?: DialogId): void {
    const key = keyOfDialog(call.dialog);
    this.calls.set(key, call);
    session.on('ended', () => this.calls.delete(key));
    // RFC 3891: only a dialog that stands can be replaced; JsSIP refuses what it does not find with 481.
    session.on('replaces', ({ accept }) => {
      const begin = accept as (begun: (successor: Session) => void) => void;
      // JsSIP would end the old session itself, and fail if that is over by then.
      begin((successor) => successor.removeAllListeners('confirmed'));
    });
    const old = replaces && this.calls.get(keyOfDialog(replaces));
    if (old !== undefined) void old.hangUp('replaced');
  }

  private invite(
    to: string,
    media: SessionMedia,
    offer: string,
    { replaces, answerWithinMs = this.timers.sipAnswer }: CallOptions,
  ): Promise<Call> {
    return new Promise((resolve, reject) => {
      let refusal: AttemptFailure | undefined;
      let callId: string | undefined;
      let dialog: DialogId | undefined;
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
        },
        extraHeaders: replaces ? replacing(replaces) : [],
        eventHandlers: {
          sending: ({ request }) => {
            callId = request.call_id;
            numberFromOne(request);
          },
          accepted: (event: unknown) => {
            const { call_id, from_tag, to_tag } = (event as { response: InDialog }).response;
            dialog = { callId: call_id, localTag: from_tag, remoteTag: to_tag };
          },
          confirmed: () => {
            if (dialog === undefined || session.isEnded()) return;
            const call = new Call(dialog, session, media, this);
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

  /** RFC 3261 9.1. Resolves when the INVITE has its final response, which is acknowledged, or will not get it in time. */
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
    if (method === 'REGISTER' && status.code < 300) {
      this.keep = keepOf(text);
      this.seenFrom = seenFrom(text);
      // JsSIP keeps quiet about a 200 that does not list its Contact; by now it would have told of one that does.
      this.settle(
        new AttemptFailure('SIP_REFUSED', `${show(status)} to REGISTER, without this UE's Contact`),
      );
    }
    this.waiting.get(`${method} ${headerOf(text, 'Call-ID')}`)?.();
  }

  /** @param cause JsSIP's reason */
  private failureOf(method: 'REGISTER' | 'MESSAGE' | 'INVITE', cause: string | undefined): AttemptFailure {
    if (this.failure !== undefined) return this.failure;
    if (this.stopped) return new AttemptFailure('ABANDONED', `${method} was abandoned`);
    if (cause === causes.badDescription) {
      return new AttemptFailure('NOT_ACCEPTABLE', 'the 200 to INVITE holds no description');
    }
    if (this.unreadable !== undefined) return this.unreadable;
    if (this.arriving !== undefined) {
      const answer = show(this.arriving);
      // A 200 to INVITE without Contact or tag.
      if (this.arriving.code < 300) {
        return new AttemptFailure('SIP_PROTOCOL', `the ${answer} to ${method} begins no dialog: ${cause}`);
      }
      return new AttemptFailure(
        'SIP_REFUSED',
        method === 'REGISTER' ? `the registrar answered ${answer}` : `${method} was answered with ${answer}`,
      );
    }
    if (cause !== undefined && silence.includes(cause)) return unanswered(method, this.timers);
    return new AttemptFailure('INTERNAL', `JsSIP gave ${method} up: ${cause ?? 'no reason'}`);
  }

  /** Tells who listens, whose mistakes must not end what JsSIP is doing. */
  private tell(event: () => void): void {
    try {
      event();
    } catch (error) {
      this.owner.note(`a listener failed: ${messageOf(error)}`);
    }
  }
}

/**
 * JsSIP's words for no answer at all: for its own Timers B, after which it cancels, and F, which run beside ours; and for
 * ours, which come as a 408 (RFC 3261 8.1.3.1).
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

/** What JsSIP tells of a request that came in, or of one that it sends itself. */
interface IncomingEvent {
  readonly originator: unknown;
  readonly request: IncomingRequest;
}

/** JsSIP tells of what it sends by the same event as of what comes in. */
function fromOutside(originator: unknown): boolean {
  return originator === 'remote';
}

/**
 * RFC 3261 8.1.1.5 allows the number 0, but JsSIP takes a dialog that begins with it for one without a number, and draws
 * others for its ACK and BYE, which the other end then refuses.
 */
function numberFromOne(invite: { cseq: number; setHeader(name: string, value: string): void }): void {
  if (invite.cseq > 0) return;
  invite.cseq = 1;
  invite.setHeader('cseq', '1 INVITE');
}

/** RFC 3891 3: the tags as the called end sees them. */
function replacing({ callId, localTag, remoteTag }: DialogId): string[] {
  return [`Replaces: ${callId};to-tag=${remoteTag};from-tag=${localTag}`, 'Require: replaces'];
}

function keyOfDialog({ callId, localTag, remoteTag }: DialogId): string {
  return `${callId} ${localTag} ${remoteTag}`;
}

function show(status: SipStatus): string {
  return `${status.code} ${status.reason}`.trim();
}

function userOf(uri: string): string {
  return /^sips?:([^@;]+)@/i.exec(uri)?.[1] ?? 'ue';
}
