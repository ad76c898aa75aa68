import type { Attempt } from '../attempt';
import type { Channel } from '../dialler/channel';
import { asFailure } from '../failure';
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
  readonly attempt: Pick<Attempt, 'tellIdentifier' | 'note'>;
  /** The control connection is gone, or the allocation: no peer can be reached any more. Not called before {@link TcpAllocation.allocate} resolves. */
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

/** A TCP allocation (RFC 6062): a relayed address from which the TURN server connects to peers, one connection to the server for each. */
export class TcpAllocation {
  private opened = 0;
  private allocated = false;
  private closed = false;
  private client!: TurnClient;
  private control!: Channel;
  private relay!: Endpoint;
  private refreshTimer: NodeJS.Timeout | undefined;

  private constructor(private readonly options: TcpAllocationOptions) {}

  /**
   * Opens the control connection and allocates; the allocation is then refreshed until it is closed.
   * @throws AttemptFailure why it could not be opened, `TURN_REFUSED` or `TIMEOUT`; nothing is left open then
   */
  static async allocate(options: TcpAllocationOptions): Promise<TcpAllocation> {
    const allocation = new TcpAllocation(options);
    await allocation.open();
    return allocation;
  }

  /** Where peers see the client. */
  get relayed(): Endpoint {
    return this.relay;
  }

  /** How many connections to the TURN server were opened. */
  get connections(): number {
    return this.opened;
  }

  /**
   * Lets the peer in, has the server connect to it and binds a new connection to that (RFC 6062 4.3).
   * @returns a channel that carries the peer's bytes
   * @throws AttemptFailure as {@link allocate}
   */
  async connect(peer: Endpoint): Promise<Channel> {
    await this.client.createPermission(peer);
    return this.bind(await this.client.connect(peer));
  }

  /** Lets connections of a peer in; each is told to {@link TcpAllocationOptions.incoming}. */
  async permit(peer: Endpoint): Promise<void> {
    await this.client.createPermission(peer);
  }

  /** Gives the allocation back, then closes the control connection. That it fails, or takes too long, is noted and nothing else. */
  async release(): Promise<void> {
    if (this.closed) return;
    clearTimeout(this.refreshTimer);
    // What is lost from here on is no loss.
    this.allocated = false;
    const { goodbye } = this.options.timers;
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done within ${goodbye} ms`)), goodbye);
    });
    try {
      await Promise.race([this.client.refresh(0), enough]);
      this.client.stop();
      await Promise.race([this.control.close(), enough]);
    } catch (error) {
      if (!this.closed)
        this.options.attempt.note(`could not release the allocation: ${asFailure(error).message}`);
    } finally {
      clearTimeout(timer);
      this.close();
    }
  }

  /** Ends it at once. Channels to peers are their users' to close. */
  close(): void {
    this.closed = true;
    clearTimeout(this.refreshTimer);
    this.client.stop();
    this.control.destroy();
  }

  private async open(): Promise<void> {
    const { credentials, timers, attempt } = this.options;
    this.control = await this.dial();
    this.client = new TurnClient(this.control, credentials, timers, {
      transaction: (id) => attempt.tellIdentifier('stun-transaction', id),
      data: () => undefined,
      connectionAttempt: (peer, id) => this.options.incoming?.({ peer, accept: () => this.bind(id) }),
      lost: (failure) => this.lost(failure),
    });
    try {
      const { relayed, lifetime } = await this.client.allocate('tcp');
      this.relay = relayed;
      this.allocated = true;
      this.refreshAfter(lifetime);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  private async dial(): Promise<Channel> {
    const channel = await this.options.dial();
    this.opened++;
    return channel;
  }

  private async bind(id: number): Promise<Channel> {
    const { timers, attempt } = this.options;
    const channel = await this.dial();
    try {
      return await bindConnection(channel, id, this.client.credentials, timers, (transaction) =>
        attempt.tellIdentifier('stun-transaction', transaction),
      );
    } catch (error) {
      channel.destroy();
      throw error;
    }
  }

  /** RFC 8656 3.2: a client refreshes about one minute before its allocation expires; sooner where it lasts less than two. */
  private refreshAfter(lifetime: number): void {
    // Within what a timer can hold, and never in a loop, whatever the server says.
    const seconds = Math.min(Math.max(lifetime - 60, lifetime / 2, 1), 86_400);
    this.refreshTimer = setTimeout(() => {
      this.client.refresh(lifetime).then(
        (given) => {
          if (!this.closed && this.allocated) this.refreshAfter(given);
        },
        (error: unknown) => this.lost(asFailure(error)),
      );
    }, seconds * 1000);
  }

  private lost(failure: AttemptFailure): void {
    clearTimeout(this.refreshTimer);
    if (!this.allocated || this.closed) return;
    this.allocated = false;
    this.options.lost(failure);
  }
}
