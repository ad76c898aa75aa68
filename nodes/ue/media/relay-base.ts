import { showEndpoint } from '../../../kit/endpoint';
import type { AttemptLike } from '../attempt';
import type { Channel } from '../dialler/channel';
import { AttemptFailure } from '../failure';
import type { Rung } from '../../../ladder';
import type { Endpoint, FiveTuple } from '../protocol';
import type { UeTimers } from '../timers';
import { TurnAllocation, refreshAfter } from '../turn/allocation';
import type { TurnCredentials } from '../turn/long-term-credentials';
import { firstChannel, lastChannel } from '../turn/turn-client';
import { relayedCandidate } from './candidate';
import type { Candidate } from './candidate';
import type { BaseListener, IceBase } from './ice-base';

interface BoundChannel {
  readonly number: number;
  readonly remote: Endpoint;
  readonly bound: Promise<void>;
  ready: boolean;
}

/** A relayed address at a TURN server. Its allocation and channels are refreshed as long as it is open. */
export class RelayBase implements IceBase {
  /** The name of the way to the TURN server. */
  readonly way: string;
  readonly ways: readonly [FiveTuple];
  readonly candidates: readonly Candidate[];
  private readonly channels = new Map<string, BoundChannel>();
  private readonly rebinding: NodeJS.Timeout;
  private listener: BaseListener | undefined;
  private failure: AttemptFailure | undefined;

  private constructor(
    rung: Rung,
    private readonly allocation: TurnAllocation,
    permissionMs: number,
  ) {
    this.way = rung.via;
    this.ways = [allocation.socket];
    this.candidates = [relayedCandidate(rung, allocation.relayed)];
    this.rebinding = setInterval(() => this.rebind(), refreshAfter(permissionMs));
  }

  /**
   * Allocates on an open channel, which the base owns from then on, also if this fails.
   * @param way the way that the channel takes
   * @throws AttemptFailure `TURN_REFUSED`, `TIMEOUT` or the channel's failure
   */
  static async allocate(
    way: Rung,
    channel: Channel,
    credentials: TurnCredentials,
    timers: UeTimers,
    attempt: AttemptLike,
  ): Promise<RelayBase> {
    let base: RelayBase | undefined = undefined;
    const allocation = await TurnAllocation.allocate({
      channel,
      credentials,
      timers,
      attempt,
      transport: 'udp',
      data: (peer, data) => base?.listener?.datagram(data, peer),
      lost: (failure) => base?.lose(failure),
    });
    const allocated = new RelayBase(way, allocation, timers.turnPermission);
    base = allocated;
    attempt.closeAtEnd(() => allocated.end(new AttemptFailure('ABANDONED', 'the session has ended')));
    return allocated;
  }

  /** Returns the way to the TURN server, since datagrams for all peers go there. */
  wayTo(): FiveTuple {
    return this.ways[0];
  }

  /** Binds a channel, which also permits the peer's datagrams (RFC 8656 12). */
  open(remote: Endpoint): Promise<void> {
    const key = showEndpoint(remote);
    const known = this.channels.get(key);
    if (known !== undefined) return known.bound;
    const number = firstChannel + this.channels.size;
    if (number > lastChannel) {
      return Promise.reject(new AttemptFailure('UNSUPPORTED', 'no more TURN channels'));
    }
    const bound = this.allocation.client.bindChannel(number, remote);
    const channel: BoundChannel = { number, remote, bound, ready: false };
    this.channels.set(key, channel);
    channel.bound.then(
      () => (channel.ready = true),
      () => undefined,
    );
    return channel.bound;
  }

  send(remote: Endpoint, data: Buffer): void {
    if (this.failure !== undefined) return;
    const channel = this.channels.get(showEndpoint(remote));
    if (channel?.ready) this.allocation.client.sendChannelData(channel.number, data);
    else this.allocation.client.sendIndication(remote, data);
  }

  listen(listener: BaseListener): void {
    this.listener = listener;
    if (this.failure !== undefined) listener.lost(this.failure);
  }

  /** Releases the allocation (RFC 8656 8) and closes the channel. */
  close(): Promise<void> {
    this.listener = undefined;
    this.end(new AttemptFailure('ABANDONED', 'the session has ended'));
    return this.allocation.release();
  }

  private rebind(): void {
    for (const { number, remote, ready } of this.channels.values()) {
      if (!ready) continue;
      this.allocation.client
        .bindChannel(number, remote)
        .catch((error: unknown) => this.allocation.refused('lost a channel', error));
    }
  }

  private lose(failure: AttemptFailure): void {
    this.end(failure);
    this.listener?.lost(failure);
  }

  private end(failure: AttemptFailure): void {
    this.failure ??= failure;
    clearInterval(this.rebinding);
  }
}
