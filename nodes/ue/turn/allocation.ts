import { within } from '../../../kit/deadline';
import { Deferred } from '../../../kit/deferred';
import type { AttemptLike } from '../attempt';
import { socketOf } from '../dialler/channel';
import type { Channel } from '../dialler/channel';
import { AttemptFailure, asFailure, messageOf } from '../failure';
import type { Endpoint, FiveTuple } from '../protocol';
import type { UeTimers } from '../timers';
import type { TurnCredentials } from './long-term-credentials';
import { TurnClient } from './turn-client';
import type { TurnEvents } from './turn-client';

export interface AllocationOptions extends Pick<TurnEvents, 'data' | 'connectionAttempt'> {
  /** An open channel to the TURN server. The allocation owns it from the beginning, also if it fails. */
  readonly channel: Channel;
  readonly credentials: TurnCredentials;
  readonly timers: UeTimers;
  readonly attempt: Pick<AttemptLike, 'tellIdentifier' | 'note' | 'closeAtEnd'>;
  /** The protocol spoken with peers: UDP (RFC 8656) or TCP (RFC 6062). */
  readonly transport: 'udp' | 'tcp';
  /** Milliseconds between refreshes, in place of the interval that RFC 8656 8 advises. */
  readonly refreshEvery?: number;
  /**
   * Called when the allocation or the channel is lost, with `FLOW_LOST` or the channel's failure. It is called
   * once, and not after the allocation was released or closed.
   */
  lost(failure: AttemptFailure): void;
}

/**
 * Milliseconds: bounds on the wait for the next refresh, whatever lifetime the server gives,
 * and the longest timer of Node.
 */
const shortestRefresh = 500;
const longestRefresh = 86_400_000;
const longestTimer = 2 ** 31 - 1;

/**
 * Returns the milliseconds after which to refresh something that lasts so long: a minute before its end, as RFC 8656 8
 * advises, but not before half of its time.
 */
export function refreshAfter(lifetimeMs: number): number {
  return Math.min(Math.max(lifetimeMs - 60_000, lifetimeMs / 2, shortestRefresh), longestRefresh);
}

/** A relayed address at a TURN server, refreshed as long as it is open. */
export class TurnAllocation {
  /** The addresses and ports of the channel to the TURN server. */
  readonly socket: FiveTuple;
  private readonly running = new Map<'refresh' | 'expiry', NodeJS.Timeout>();
  private over = false;
  private releasing: Promise<void> | undefined;

  private constructor(
    private readonly options: AllocationOptions,
    /** The client, for permissions, channels and connections to peers. */
    readonly client: TurnClient,
    /** The address at which peers see the client. */
    readonly relayed: Endpoint,
    lifetime: number,
  ) {
    this.socket = socketOf(options.channel);
    options.attempt.closeAtEnd(() => this.close());
    this.granted(lifetime);
  }

  /**
   * Allocates (RFC 8656 7, RFC 6062 4.1).
   * @throws AttemptFailure `TURN_REFUSED`, `TURN_PROTOCOL`, `TIMEOUT` or the channel's
   *   failure; the channel is closed then
   */
  static async allocate(options: AllocationOptions): Promise<TurnAllocation> {
    const { channel, attempt } = options;
    let allocation: TurnAllocation | undefined;
    const client = new TurnClient(channel, options.credentials, options.timers, {
      transaction: (id) => attempt.tellIdentifier('stun-transaction', id),
      data: (peer, data, via) => options.data(peer, data, via),
      connectionAttempt: (peer, id) => allocation?.connectionAttempt(peer, id),
      lost: (failure) => allocation?.lose(failure),
    });
    attempt.closeAtEnd(() => client.stop());
    try {
      const { relayed, lifetime } = await client.allocate(options.transport);
      allocation = new TurnAllocation(options, client, relayed, lifetime);
      return allocation;
    } catch (error) {
      client.stop();
      channel.destroy();
      throw error;
    }
  }

  /**
   * Releases the allocation (RFC 8656 8), then closes the channel. If that fails, or takes longer than a
   * goodbye may, it only notes so.
   */
  release(): Promise<void> {
    this.releasing ??= this.over ? Promise.resolve() : this.giveBack();
    return this.releasing;
  }

  /** Ends the allocation at once, without telling the server. */
  close(): void {
    this.end();
    this.client.stop();
    this.options.channel.destroy();
  }

  private async giveBack(): Promise<void> {
    this.end();
    const { timers, attempt, channel } = this.options;
    const abandoned = new Deferred<never>();
    attempt.closeAtEnd(() => abandoned.reject(new Error('abandoned')));
    const leave = async (): Promise<void> => {
      await this.client.refresh(0);
      this.client.stop();
      await channel.close();
    };
    const late = (): Error => new Error(`not done within ${timers.goodbye} ms`);
    try {
      await within(timers.goodbye, Promise.race([leave(), abandoned.promise]), late);
    } catch (error) {
      attempt.note(`could not release the allocation: ${messageOf(error)}`);
    } finally {
      this.close();
    }
  }

  private connectionAttempt(peer: Endpoint, id: number): void {
    if (!this.over) this.options.connectionAttempt?.(peer, id);
  }

  private granted(lifetime: number): void {
    const lifetimeMs = lifetime * 1000;
    this.after('refresh', this.options.refreshEvery ?? refreshAfter(lifetimeMs), () =>
      this.refresh(lifetime),
    );
    this.after('expiry', lifetimeMs, () =>
      this.lose(new AttemptFailure('FLOW_LOST', `the TURN allocation has expired after ${lifetime} s`)),
    );
  }

  private refresh(lifetime: number): void {
    this.client.refresh(lifetime).then(
      (granted) => {
        if (!this.over) this.granted(granted);
      },
      (error: unknown) => this.refused('could not be refreshed', error),
    );
  }

  /** Ends the allocation, because the server has refused, or not answered, a request that keeps it. */
  refused(what: string, error: unknown): void {
    const { code, message } = asFailure(error);
    // A failure of the channel itself has been reported already.
    if (code === 'TURN_REFUSED' || code === 'TIMEOUT' || code === 'TURN_PROTOCOL') {
      this.lose(new AttemptFailure('FLOW_LOST', `the TURN allocation ${what}: ${message}`));
    }
  }

  private lose(failure: AttemptFailure): void {
    if (this.over) return;
    this.close();
    this.options.lost(failure.over(this.socket));
  }

  /** Stops the timers. From here on nothing is refreshed or reported. */
  private end(): void {
    this.over = true;
    for (const timer of this.running.values()) clearTimeout(timer);
    this.running.clear();
  }

  private after(what: 'refresh' | 'expiry', ms: number, act: () => void): void {
    clearTimeout(this.running.get(what));
    this.running.set(what, setTimeout(act, Math.min(ms, longestTimer)));
  }
}
