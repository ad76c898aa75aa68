import type { AttemptLike } from '../attempt';
import { socketOf, type Channel } from '../dialler/channel';
import { asFailure, messageOf, overSocket } from '../failure';
import type { AttemptFailure } from '../failure';
import type { Endpoint } from '../protocol';
import type { UeTimers } from '../timers';
import { bindConnection } from './data-connection';
import type { TurnCredentials } from './long-term-credentials';
import { TurnClient } from './turn-client';

export interface TcpAllocationOptions {
  /** Opens a connection to the TURN server, each time the same way: the control connection first, then one for each peer. */
  dial(): Promise<Channel>;
  readonly credentials: TurnCredentials;
  readonly timers: UeTimers;
  readonly attempt: Pick<AttemptLike, 'tellIdentifier' | 'note'>;
  /** The control connection is gone, or the allocation: no peer can be reached any more. */
  lost(failure: AttemptFailure): void;
  /** A peer connected to the relayed address, from which there was a permission. Without it, peers are left waiting. */
  incoming?(connection: IncomingConnection): void;
}

/** A peer's connection that the server holds for 30 s (RFC 6062 5.3). */
export interface IncomingConnection {
  readonly peer: Endpoint;
  /** Opens a connection to the server and binds it to the peer's. */
  accept(): Promise<Channel>;
}

/**
 * A TCP allocation (RFC 6062): a relayed address from which the TURN server connects to peers. It takes one connection to
 * the server for itself, and one for each peer.
 */
export class TcpAllocation {
  private over = false;
  private refreshTimer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly options: TcpAllocationOptions,
    private readonly control: Channel,
    private readonly client: TurnClient,
    /** Where peers see the client. */
    readonly relayed: Endpoint,
    lifetime: number,
  ) {
    this.refreshAfter(lifetime);
  }

  /**
   * Opens the control connection and allocates; the allocation is then refreshed until it is closed.
   * @throws AttemptFailure why it could not be opened, `TURN_REFUSED` or `TIMEOUT`; nothing is left open then
   */
  static async allocate(options: TcpAllocationOptions): Promise<TcpAllocation> {
    const control = await options.dial();
    let allocation: TcpAllocation | undefined;
    const client = new TurnClient(control, options.credentials, options.timers, {
      transaction: (id) => options.attempt.tellIdentifier('stun-transaction', id),
      data: () => undefined,
      connectionAttempt: (peer, id) => allocation?.offerConnection(peer, id),
      lost: (failure) => allocation?.lost(failure),
    });
    try {
      const { relayed, lifetime } = await client.allocate('tcp');
      allocation = new TcpAllocation(options, control, client, relayed, lifetime);
      return allocation;
    } catch (error) {
      client.stop();
      control.destroy();
      throw error;
    }
  }

  /**
   * Has the server connect to a peer and binds a new connection to that (RFC 6062 4.3).
   * @returns a channel that carries the peer's bytes
   * @throws AttemptFailure as {@link allocate}, with the socket of the connection over which it came
   */
  async connect(peer: Endpoint): Promise<Channel> {
    const asked = this.permit(peer).then(() => this.client.connect(peer));
    return this.bind(await overSocket(socketOf(this.control), asked));
  }

  /** Lets a peer's connections in (RFC 8656 10); each is then told to {@link TcpAllocationOptions.incoming}. */
  permit(peer: Endpoint): Promise<void> {
    return this.client.createPermission(peer);
  }

  /** Gives the allocation back, then closes the control connection. That it fails, or takes too long, is noted and nothing else. */
  async release(): Promise<void> {
    if (this.over) return;
    this.end();
    const { timers, attempt } = this.options;
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done within ${timers.goodbye} ms`)), timers.goodbye);
    });
    try {
      await Promise.race([this.client.refresh(0), enough]);
      this.client.stop();
      await Promise.race([this.control.close(), enough]);
    } catch (error) {
      attempt.note(`could not release the allocation: ${messageOf(error)}`);
    } finally {
      clearTimeout(timer);
      this.close();
    }
  }

  /** Ends it at once. Channels to peers are their users' to close. */
  close(): void {
    this.end();
    this.client.stop();
    this.control.destroy();
  }

  private offerConnection(peer: Endpoint, id: number): void {
    if (!this.over) this.options.incoming?.({ peer, accept: () => this.bind(id) });
  }

  private async bind(id: number): Promise<Channel> {
    const { timers, attempt } = this.options;
    const channel = await this.options.dial();
    try {
      return await bindConnection(channel, id, this.client.credentials, timers, (transaction) =>
        attempt.tellIdentifier('stun-transaction', transaction),
      );
    } catch (error) {
      channel.destroy();
      throw asFailure(error).over(socketOf(channel));
    }
  }

  /** About one minute before the allocation expires, as RFC 8656 8 advises; sooner where it lasts less than two. */
  private refreshAfter(lifetime: number): void {
    // Within what a timer can hold, and never in a tight loop, whatever the server says.
    const seconds = Math.min(Math.max(lifetime - 60, lifetime / 2, 1), 86_400);
    this.refreshTimer = setTimeout(() => {
      this.client.refresh(lifetime).then(
        (given) => {
          if (!this.over) this.refreshAfter(given);
        },
        (error: unknown) => this.lost(asFailure(error)),
      );
    }, seconds * 1000);
  }

  private lost(failure: AttemptFailure): void {
    if (this.over) return;
    this.end();
    this.options.lost(failure.over(socketOf(this.control)));
  }

  /** From here on nothing is told and nothing refreshed. */
  private end(): void {
    this.over = true;
    clearTimeout(this.refreshTimer);
  }
}
