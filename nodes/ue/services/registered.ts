import { within } from '../../../kit/deadline';
import type { Attempt, AttemptLike } from '../attempt';
import type { Access } from '../dialler/dialler';
import { socketOf } from '../dialler/channel';
import { dial } from '../dialler/dialler';
import { AttemptFailure, asFailure, overSocket } from '../failure';
import type { FiveTuple, Moment, ServiceRequest, UeConfig } from '../protocol';
import { wayToPcscf } from '../server-ways';
import type { IncomingCall } from '../sip/incoming-call';
import { KeepAlive } from '../sip/keep-alive';
import type { IncomingMessage } from '../sip/user-agent';
import { UserAgent } from '../sip/user-agent';
import { wallClock, type UeTimers } from '../timers';
import { namingSockets } from '../turn/best-way';
import { Waiting } from './waiting';

/** What a service is done with. */
export interface ServiceContext {
  readonly request: ServiceRequest;
  readonly config: UeConfig;
  readonly access: Access;
  readonly timers: UeTimers;
  readonly attempt: Attempt;
}

/** A UE that has registered. Whatever is awaited from it fails as soon as its flow to the P-CSCF is lost. */
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
    const channel = await dial(wayToPcscf(request, config), access, attempt);
    const agent = new UserAgent(channel, request.subscriber ?? config.subscriber, timers, attempt);
    const ue = new RegisteredUe(agent, socketOf(channel));
    await agent.register();
    return ue;
  }

  /** Notes, for a measurement, that something was sent or has come over the flow of the registration. */
  moment(did: Moment['did'], at = wallClock()): Moment {
    return { at, did, ...this.socket };
  }

  /**
   * Keeps the flow alive from now on, until the attempt ends.
   * @param intervalMs in place of what the P-CSCF recommends (RFC 6223)
   */
  keepAlive(intervalMs?: number): void {
    KeepAlive.start(this.agent, intervalMs, (failure) => this.lose(failure));
  }

  /**
   * Asks the lab for a call of the peer and waits for it.
   * @throws AttemptFailure `TIMEOUT` when none comes
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
   * As {@link register}, for an attempt that has been registered before: what was refused then says nothing of now, so its
   * failure names the sockets that were opened for it.
   */
  static registerAgain(context: ServiceContext): Promise<RegisteredUe> {
    return namingSockets(context.attempt, (attempt) => RegisteredUe.register({ ...context, attempt }));
  }

  /**
   * Waits for something, but no longer than the flow holds. What then fails without saying over what, failed over the flow of
   * the registration: a packet that was dropped on another way of the attempt does not explain it.
   */
  whileReachable<T>(work: Promise<T>): Promise<T> {
    return overSocket(this.socket, Promise.race([work, this.lost]));
  }

  /** Takes the registration back, where there is still a flow to do it over. Bounded, and never fails. */
  async takeLeave(): Promise<void> {
    if (!this.isLost) await this.agent.deregister();
    this.agent.stop();
  }

  /** As {@link whileReachable}, and no longer than `withinMs`. */
  within<T>(withinMs: number, work: Promise<T>, late: () => AttemptFailure): Promise<T> {
    return this.whileReachable(within(withinMs, work, late));
  }
}

/**
 * Registers by the rung of the attempt and does a service; the attempt is decided with its end, and then the UE takes its
 * registration back, also when the service failed: what a registration leaves at the P-CSCF (TS 33.203 Annex O refuses SIP
 * outside TLS while there is one in TLS) would decide the next attempt. While it lasts the UE keeps its flow alive as the P-CSCF recommends.
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
