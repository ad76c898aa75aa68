import { randomUUID } from 'node:crypto';
import UA = require('jssip/lib/UA');
import type { UA as JsSipUa, UAConfiguration } from 'jssip/lib/UA';
import type { Attempt } from '../attempt';
import type { Channel } from '../dialler/channel';
import { AttemptFailure, messageOf } from '../failure';
import type { UeConfig } from '../protocol';
import type { UeTimers } from '../timers';
import { ChannelSocket, unanswered } from './channel-socket';
import { statusOf } from './sip-text';
import type { SipStatus } from './sip-text';

/** What JsSIP has and does not declare: the transport, whose disconnect ends every transaction and every timer. */
type Ua = JsSipUa & { readonly transport: { disconnect(): void } };
const UaClass = UA as unknown as new (configuration: UAConfiguration) => Ua;

/** RFC 5626 4.1: the same in every registration of this UE. */
const instanceId = randomUUID();

/** Seconds; what TS 24.229 5.1.1.2.1 has a UE ask for. */
const registrationSeconds = 600_000;

/**
 * Registers by SIP Digest (TS 33.203 Annex N) over an open channel. The attempt has passed with the 200; then the UE
 * takes its registration back, so that the next rung starts clean.
 * @throws AttemptFailure `SIP_REFUSED`, `TIMEOUT` or the channel's failure
 */
export async function register(
  channel: Channel,
  subscriber: UeConfig['subscriber'],
  timers: UeTimers,
  attempt: Attempt,
): Promise<void> {
  const registration = new Registration(channel, subscriber, timers, attempt);
  attempt.closeAtEnd(() => registration.stop());
  await registration.begin();
  attempt.pass();
  await registration.takeBack(timers.goodbye);
  registration.stop();
}

class Registration {
  private readonly ua: Ua;
  private lastStatus: SipStatus | undefined;
  /** Ends what is being waited for. */
  private settle: (failure?: AttemptFailure) => void = () => undefined;

  constructor(
    private readonly channel: Channel,
    subscriber: UeConfig['subscriber'],
    private readonly timers: UeTimers,
    private readonly attempt: Attempt,
  ) {
    const socket = new ChannelSocket(channel, attempt.request.step, timers, {
      identifier: (kind, value) => attempt.tellIdentifier(kind, value),
      arrived: (text) => (this.lastStatus = statusOf(text) ?? this.lastStatus),
      handled: (text) => this.handled(text),
      failed: (failure) => this.settle(failure),
    });
    const user = userOf(subscriber.impu);
    const transport = channel.transport === 'udp' ? '' : `;transport=${channel.transport}`;
    this.ua = new UaClass({
      sockets: [socket as unknown as never],
      uri: subscriber.impu,
      contact_uri: `sip:${user}@${channel.local.ip}:${channel.local.port}${transport}`,
      authorization_user: subscriber.impi,
      password: subscriber.password,
      registrar_server: `sip:${subscriber.domain}`,
      register_expires: registrationSeconds,
      instance_id: instanceId,
      user_agent: 'nimsfw-lab reference UE',
    });
    this.ua.on('registered', () => this.settle());
    this.ua.on('registrationFailed', ({ cause }) => this.settle(this.refusal(cause)));
    this.ua.on('unregistered', ({ cause }) => this.settle(cause ? this.refusal(cause) : undefined));
  }

  begin(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.settle = (failure) => (failure ? reject(failure) : resolve());
      this.ua.start();
    });
  }

  /** De-registers and closes the channel. That it fails, or takes too long, is noted and nothing else. */
  async takeBack(withinMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done within ${withinMs} ms`)), withinMs);
      this.attempt.closeAtEnd(() => reject(new Error('abandoned')));
    });
    const done = new Promise<void>((resolve, reject) => {
      this.settle = (failure) => (failure ? reject(failure) : resolve());
      this.ua.unregister();
    });
    try {
      await Promise.race([done, enough]);
      await Promise.race([this.channel.close(), enough]);
    } catch (error) {
      this.attempt.note(`could not de-register: ${messageOf(error)}`);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends JsSIP's timers and transactions. */
  stop(): void {
    this.settle = () => undefined;
    this.ua.transport.disconnect();
  }

  private handled(text: string): void {
    const status = statusOf(text);
    if (status === undefined || status.code < 200) return;
    // JsSIP keeps quiet about a 200 that does not list its Contact; by now it would have told of one that does.
    if (status.code < 300) {
      this.settle(
        new AttemptFailure('SIP_REFUSED', `${show(status)} to REGISTER, without this UE's Contact`),
      );
    }
  }

  /** @param cause JsSIP's reason */
  private refusal(cause: string | undefined): AttemptFailure {
    const status = this.lastStatus;
    // JsSIP's own Timer F runs beside ours; it also says this of a 408, which is an answer.
    if (cause === 'Request Timeout' && status?.code !== 408) return unanswered('REGISTER', this.timers);
    return status === undefined || cause === 'Connection Error'
      ? new AttemptFailure('INTERNAL', `JsSIP gave the registration up: ${cause ?? 'no reason'}`)
      : new AttemptFailure('SIP_REFUSED', `the registrar answered ${show(status)}`);
  }
}

function show(status: SipStatus): string {
  return `${status.code} ${status.reason}`.trim();
}

function userOf(uri: string): string {
  return /^sips?:([^@;]+)@/i.exec(uri)?.[1] ?? 'ue';
}
