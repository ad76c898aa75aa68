import { Deferred } from '../../../kit/deferred';
import { AttemptFailure, messageOf } from '../failure';
import type { UeTimers } from '../timers';
import { causes } from './jssip';
import type { Subscription, Ua } from './jssip';
import { registrationSeconds } from './registration';
import { isActiveIn } from './reginfo';
import { headerOf, keyOf } from './sip-text';

/** The media type of a notification (RFC 3680 4.6). */
const reginfo = 'application/reginfo+xml';

export interface RegEventOptions {
  /** The public user identity that is watched. */
  readonly identity: string;
  /** URI of this UE's own Contact. */
  readonly contact: string;
  readonly timers: Pick<UeTimers, 'sipT1'>;
  /** Returns the failure of a SUBSCRIBE, with JsSIP's reason for it, or no reason if it was answered. */
  readonly failureOf: (cause: string | undefined) => AttemptFailure;
  /** Takes a notification that was held back, as if it came now. */
  readonly take: (notify: string) => void;
}

/**
 * The subscription of a UE to its own registration (TS 24.229 5.1.1.3). Its first notification shows that the network
 * reaches the UE over the flow on which it registered.
 */
export class RegEvent {
  private subscription: Subscription | undefined;
  /** Notifications that overtook the 200 to SUBSCRIBE, by branch: JsSIP knows their dialog only after it. */
  private readonly early = new Map<string, string>();
  private callId: string | undefined;
  private settle: (failure?: AttemptFailure) => void = () => undefined;
  private timer: NodeJS.Timeout | undefined;
  /** What the latest notification that could be used said of this UE's Contact. */
  private isOwnActive: boolean | undefined;
  private readonly over = new Deferred<void>();

  constructor(
    private readonly ua: Ua,
    private readonly options: RegEventOptions,
  ) {}

  /**
   * Subscribes and resolves when a notification has come that has this UE's Contact as active.
   * @param fields header fields of an initial request
   * @throws AttemptFailure `SIP_REFUSED` if the subscription is refused; `TIMEOUT` if no such notification comes;
   *   `SIP_PROTOCOL` if one is about somebody else or cannot be read
   */
  start(fields: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.settle = (failure) => {
        clearTimeout(this.timer);
        this.settle = () => undefined;
        if (failure) reject(failure);
        else resolve();
      };
      // RFC 6665 4.1.2.4.
      const timerN = 64 * this.options.timers.sipT1;
      this.timer = setTimeout(
        () =>
          this.settle(
            new AttemptFailure(
              'TIMEOUT',
              `no notification of the registration within ${timerN / 1000} s (Timer N of RFC 6665)`,
            ),
          ),
        timerN,
      );
      const subscription = this.ua.subscribe(this.options.identity, 'reg', reginfo, {
        expires: registrationSeconds,
        // RFC 5626 4.3: what the network sends in this dialog is to come over the flow, as "ob" asks.
        extraHeaders: [...fields, `Contact: ${this.ua.contact.toString({ outbound: true })}`],
      }) as Subscription;
      this.subscription = subscription;
      this.callId = subscription._params.call_id;
      subscription.on('accepted', () => this.release());
      subscription.on('notify', (_, __, body, type) => this.notified(body ?? '', type ?? ''));
      subscription.on('terminated', (code, reason) => this.terminated(code, reason));
      subscription.subscribe();
    });
  }

  /**
   * Takes a NOTIFY before JsSIP gets it.
   * @param notify the request as `normalised` writes it
   * @returns whether it is kept, because JsSIP does not know its dialog yet
   */
  holds(notify: string): boolean {
    const branch = keyOf(notify)?.branch;
    if (branch === undefined || this.subscription?._dialog !== null) return false;
    if (headerOf(notify, 'Call-ID') !== this.callId) return false;
    this.early.set(branch, notify);
    return true;
  }

  /**
   * Resolves when the network has notified that this UE's Contact is registered no longer, as it does after
   * de-registration (RFC 6665 4.1.3); at once if no notification has reached this UE.
   */
  ended(): Promise<void> {
    return this.isOwnActive === undefined ? Promise.resolve() : this.over.promise;
  }

  /** Ends the wait for a notification with this failure. */
  end(failure: AttemptFailure): void {
    this.settle(failure);
  }

  /** Ends the subscription without a word to the network, which ends it with the registration. */
  stop(): void {
    clearTimeout(this.timer);
    this.over.resolve();
    this.settle = () => undefined;
    this.early.clear();
    clearTimeout(this.subscription?._expires_timer ?? undefined);
  }

  private release(): void {
    const held = [...this.early.values()];
    this.early.clear();
    // JsSIP still deals with the 200.
    queueMicrotask(() => held.forEach((notify) => this.options.take(notify)));
  }

  private notified(body: string, type: string): void {
    try {
      if (type !== reginfo) throw new Error(`its body is ${type || 'of no type'}`);
      this.isOwnActive = isActiveIn(body, this.options.identity, this.options.contact);
      if (this.isOwnActive) this.settle();
      else this.over.resolve();
    } catch (error) {
      const why = messageOf(error);
      this.settle(
        new AttemptFailure('SIP_PROTOCOL', `a notification of the registration cannot be used: ${why}`),
      );
    }
  }

  private terminated(code: number, reason?: string): void {
    this.over.resolve();
    const C: Readonly<Record<string, number>> = this.subscription!.C as never;
    if (code === C.FINAL_NOTIFY_RECEIVED)
      this.settle(
        new AttemptFailure(
          'SIP_REFUSED',
          `the network ended the subscription to the registration: ${reason ?? 'no reason'}`,
        ),
      );
    else if (code === C.WRONG_NOTIFY_RECEIVED)
      this.settle(
        new AttemptFailure('SIP_PROTOCOL', 'a NOTIFY lacks Event or Subscription-State, or has another'),
      );
    else
      this.settle(
        this.options.failureOf(code === C.SUBSCRIBE_RESPONSE_TIMEOUT ? causes.requestTimeout : undefined),
      );
  }
}
