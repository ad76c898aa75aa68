import { within } from '../../../kit/deadline';
import type { Attempt, AttemptLike } from '../attempt';
import type { Access } from '../dialler/dialler';
import { socketOf } from '../dialler/channel';
import { AttemptFailure, asFailure, overSocket } from '../failure';
import type { FiveTuple, Moment, ServiceRequest, UeConfig } from '../protocol';
import { openPcscf } from '../pcscf-way';
import type { IncomingCall } from '../sip/incoming-call';
import { KeepAlive } from '../sip/keep-alive';
import type { IncomingMessage } from '../sip/user-agent';
import { UserAgent } from '../sip/user-agent';
import { wallClock, type UeTimers } from '../timers';
import { namingSockets } from '../turn/best-way';
import { Waiting } from './waiting';

/** Everything that the work of a service needs. */
export interface ServiceContext {
  readonly request: ServiceRequest;
  readonly config: UeConfig;
  readonly access: Access;
  readonly timers: UeTimers;
  readonly attempt: Attempt;
}

/** A registered UE. Everything that is awaited of it fails as soon as its flow to the P-CSCF is lost. */
export class RegisteredUe {
  readonly calls = new Waiting<IncomingCall>();
  readonly messages = new Waiting<IncomingMessage>();
  private isLost = false;
  private fail: (failure: AttemptFailure) => void = () => undefined;
  private readonly lost = new Promise<never>((_, reject) => (this.fail = reject));

  private constructor(
    readonly agent: UserAgent,
    readonly socket: FiveTuple,
  ) {
    this.lost.catch(() => undefined);
    agent.on({
      call: (call) => this.calls.put(call),
      message: (message) => this.messages.put(message),
      lost: (failure) => this.lose(failure),
    });
  }

  private lose(failure: AttemptFailure): void {
    this.isLost = true;
    this.fail(failure);
  }

  /**
   * Registers by the rung of the attempt.
   * @throws AttemptFailure as registration does
   */
  static async register({
    request,
    config,
    access,
    timers,
    attempt,
  }: Omit<ServiceContext, 'attempt'> & { readonly attempt: AttemptLike }): Promise<RegisteredUe> {
    const subscriber = request.subscriber ?? config.subscriber;
    const { channel, security } = await openPcscf({ request, config, subscriber, access, attempt });
    const agent = new UserAgent(channel, subscriber, timers, attempt, security);
    const ue = new RegisteredUe(agent, socketOf(channel));
    await agent.register();
    return ue;
  }

  /** Returns the moment, for a measurement, at which something was sent or came over the flow of the registration. */
  moment(did: Moment['did'], at = wallClock()): Moment {
    return { at, did, ...this.socket };
  }

  /**
   * Keeps the flow alive from now on, until the attempt ends.
   * @param intervalMs interval in milliseconds, in place of the one that the P-CSCF recommends (RFC 6223)
   */
  keepAlive(intervalMs?: number): void {
    KeepAlive.start(this.agent, intervalMs, (failure) => this.lose(failure));
  }

  /**
   * Asks the lab for a call of the peer and waits for it.
   * @throws AttemptFailure `TIMEOUT` if no call comes
   */
  called({ attempt, timers }: ServiceContext): Promise<IncomingCall> {
    const { incomingCall } = timers;
    attempt.tellReachable(incomingCall);
    return this.within(
      incomingCall,
      this.calls.next(),
      () => new AttemptFailure('TIMEOUT', `the peer's call did not arrive within ${incomingCall / 1000} s`),
    );
  }

  /**
   * Registers like {@link register}, in an attempt that was registered before. Packets that were refused then do
   * not explain a failure now, so the failure names the sockets that were opened for this registration.
   */
  static registerAgain(context: ServiceContext): Promise<RegisteredUe> {
    return namingSockets(context.attempt, (attempt) => RegisteredUe.register({ ...context, attempt }));
  }

  /**
   * Waits for work, but no longer than the flow holds. A failure that names no ways gets the flow of the
   * registration, because a packet that was dropped on another way of the attempt does not explain it.
   */
  whileReachable<T>(work: Promise<T>): Promise<T> {
    return overSocket(this.socket, Promise.race([work, this.lost]));
  }

  /** Deregisters, if there is still a flow for that. It takes a bounded time and never fails. */
  async takeLeave(): Promise<void> {
    if (!this.isLost) await this.agent.deregister();
    this.agent.stop();
  }

  /** Waits like {@link whileReachable}, but no longer than `withinMs`. */
  within<T>(withinMs: number, work: Promise<T>, late: () => AttemptFailure): Promise<T> {
    return this.whileReachable(within(withinMs, work, late));
  }
}

/**
 * Registers by the rung of the attempt. The attempt has passed then; the UE deregisters, so that the next rung starts
 * without a registration.
 * @throws AttemptFailure as registration does
 */
export async function registerOnly(context: ServiceContext): Promise<void> {
  const ue = await RegisteredUe.register(context);
  context.attempt.pass();
  await ue.takeLeave();
}

/**
 * Registers by the rung of the attempt and does a service. The end of the service decides the attempt. Then the UE
 * deregisters, also if the service failed, because its registration at the P-CSCF would decide the next attempt
 * (TS 33.203 Annex O refuses SIP outside TLS while there is a registration in TLS). While the service lasts, the UE
 * keeps its flow alive as the P-CSCF recommends.
 */
export async function whileRegistered(
  context: ServiceContext,
  service: (ue: RegisteredUe) => Promise<void>,
): Promise<void> {
  const ue = await RegisteredUe.register(context);
  ue.keepAlive();
  try {
    await ue.whileReachable(service(ue));
    context.attempt.pass();
  } catch (error) {
    context.attempt.fail(asFailure(error));
  }
  await ue.takeLeave();
}
