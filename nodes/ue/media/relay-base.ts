import type { AttemptLike } from '../attempt';
import { socketOf, type Channel } from '../dialler/channel';
import { AttemptFailure, asFailure } from '../failure';
import type { Rung, Via } from '../ladder';
import type { Endpoint, FiveTuple } from '../protocol';
import type { UeTimers } from '../timers';
import type { TurnCredentials } from '../turn/long-term-credentials';
import { TurnClient } from '../turn/turn-client';
import { relayedCandidate, showEndpoint } from './candidate';
import type { Candidate } from './candidate';
import type { BaseListener, IceBase } from './ice-base';

/** RFC 8656 12: channel numbers. */
const firstChannel = 0x4000;
const lastChannel = 0x4fff;

/** How long before its end something is refreshed (RFC 8656 8 advises a minute), but not sooner than half its time. */
function refreshAfter(lifetimeMs: number): number {
  return Math.max(lifetimeMs - 60_000, lifetimeMs / 2);
}

interface BoundChannel {
  readonly number: number;
  readonly bound: Promise<void>;
  ready: boolean;
}

/** A relayed address at a TURN server, its allocation and channels refreshed as long as it is open. */
export class RelayBase implements IceBase {
  readonly way: Via;
  readonly ways: readonly [FiveTuple];
  readonly candidates: readonly Candidate[];
  private readonly channels = new Map<string, BoundChannel>();
  private readonly timersRunning = new Map<'refresh' | 'expiry' | 'channels', NodeJS.Timeout>();
  private listener: BaseListener | undefined;
  private failure: AttemptFailure | undefined;
  private closing: Promise<void> | undefined;

  private constructor(
    rung: Rung,
    relayed: Endpoint,
    private lifetime: number,
    private readonly client: TurnClient,
    private readonly channel: Channel,
    private readonly timers: UeTimers,
  ) {
    this.way = rung.via;
    this.ways = [socketOf(channel)];
    this.candidates = [relayedCandidate(rung, relayed)];
    this.granted(lifetime);
    this.timersRunning.set(
      'channels',
      setInterval(() => this.rebind(), refreshAfter(timers.turnPermission)),
    );
  }

  /**
   * Allocates on an open channel, which belongs to the base from then on, also when this fails.
   * @param way that the channel takes
   * @throws AttemptFailure `TURN_REFUSED`, `TIMEOUT` or the channel's failure
   */
  static async allocate(
    way: Rung,
    channel: Channel,
    credentials: TurnCredentials,
    timers: UeTimers,
    attempt: AttemptLike,
  ): Promise<RelayBase> {
    let base: RelayBase | undefined;
    const client = new TurnClient(channel, credentials, timers, {
      transaction: (id) => attempt.tellIdentifier('stun-transaction', id),
      data: (peer, data) => base?.listener?.datagram(data, peer),
      lost: (failure) => base?.lose(failure),
    });
    attempt.closeAtEnd(() => client.stop());
    try {
      const { relayed, lifetime } = await client.allocate();
      const allocated = new RelayBase(way, relayed, lifetime, client, channel, timers);
      base = allocated;
      attempt.closeAtEnd(() => allocated.destroy());
      return allocated;
    } catch (error) {
      client.stop();
      channel.destroy();
      throw error;
    }
  }

  /** To the TURN server, whoever the datagram is for. */
  wayTo(): FiveTuple {
    return this.ways[0];
  }

  /** Binds a channel, which also lets the peer's datagrams in (RFC 8656 12). */
  open(remote: Endpoint): Promise<void> {
    const key = showEndpoint(remote);
    const known = this.channels.get(key);
    if (known !== undefined) return known.bound;
    const number = firstChannel + this.channels.size;
    if (number > lastChannel) {
      return Promise.reject(new AttemptFailure('UNSUPPORTED', 'no more TURN channels'));
    }
    const channel: BoundChannel = { number, bound: this.client.bindChannel(number, remote), ready: false };
    this.channels.set(key, channel);
    channel.bound.then(
      () => (channel.ready = true),
      () => undefined,
    );
    return channel.bound;
  }

  send(remote: Endpoint, data: Buffer): void {
    if (this.failure !== undefined || this.closing !== undefined) return;
    const channel = this.channels.get(showEndpoint(remote));
    if (channel?.ready) this.client.sendChannelData(channel.number, data);
    else this.client.sendIndication(remote, data);
  }

  listen(listener: BaseListener): void {
    this.listener = listener;
    if (this.failure !== undefined) listener.lost(this.failure);
  }

  /** Gives the allocation back (RFC 8656 8) and closes the channel. */
  close(): Promise<void> {
    this.listener = undefined;
    this.closing ??= this.release();
    return this.closing;
  }

  private async release(): Promise<void> {
    this.stopTimers();
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => (timer = setTimeout(resolve, this.timers.goodbye)));
    try {
      if (this.failure === undefined) {
        await Promise.race([this.client.refresh(0), enough]);
        await Promise.race([this.channel.close(), enough]);
      }
    } catch {
      // The server forgets it anyway when its lifetime is over.
    } finally {
      clearTimeout(timer);
      this.destroy();
    }
  }

  private granted(lifetime: number): void {
    this.lifetime = lifetime;
    this.after('refresh', refreshAfter(lifetime * 1000), () => this.refresh());
    this.after('expiry', lifetime * 1000, () =>
      this.lose(new AttemptFailure('FLOW_LOST', `the TURN allocation has expired after ${lifetime} s`)),
    );
  }

  private refresh(): void {
    this.client.refresh(this.lifetime).then(
      (lifetime) => {
        if (this.failure === undefined && this.closing === undefined) this.granted(lifetime);
      },
      (error: unknown) => this.gone('could not be refreshed', error),
    );
  }

  private rebind(): void {
    for (const [key, { number, ready }] of this.channels) {
      if (!ready) continue;
      const [ip = '', port] = key.split(':');
      this.client
        .bindChannel(number, { ip, port: Number(port) })
        .catch((error: unknown) => this.gone('lost a channel', error));
    }
  }

  private gone(what: string, error: unknown): void {
    const { code, message } = asFailure(error);
    // The channel's own end was told already; what the server said is the reason otherwise.
    if (code === 'TURN_REFUSED' || code === 'TIMEOUT') {
      this.lose(new AttemptFailure('FLOW_LOST', `the TURN allocation ${what}: ${message}`));
    }
  }

  private lose(failure: AttemptFailure): void {
    if (this.failure !== undefined || this.closing !== undefined) return;
    this.failure = failure;
    this.destroy();
    this.listener?.lost(failure);
  }

  private destroy(): void {
    this.failure ??= new AttemptFailure('ABANDONED', 'the session has ended');
    this.stopTimers();
    this.client.stop();
    this.channel.destroy();
  }

  private after(what: 'refresh' | 'expiry', ms: number, act: () => void): void {
    clearTimeout(this.timersRunning.get(what));
    this.timersRunning.set(what, setTimeout(act, ms));
  }

  private stopTimers(): void {
    for (const timer of this.timersRunning.values()) clearTimeout(timer);
    this.timersRunning.clear();
  }
}
