import type { AttemptLike } from '../attempt';
import { socketOf, type Channel } from '../dialler/channel';
import { asFailure, overSocket } from '../failure';
import type { AttemptFailure } from '../failure';
import type { Endpoint } from '../protocol';
import type { UeTimers } from '../timers';
import { TurnAllocation } from './allocation';
import { bindConnection } from './data-connection';
import type { TurnCredentials } from './long-term-credentials';

export interface TcpAllocationOptions {
  /** Opens a connection to the TURN server, each time the same way: the control connection first, then one for each peer. */
  dial(): Promise<Channel>;
  readonly credentials: TurnCredentials;
  readonly timers: UeTimers;
  readonly attempt: Pick<AttemptLike, 'tellIdentifier' | 'note' | 'closeAtEnd'>;
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
  private constructor(
    private readonly options: TcpAllocationOptions,
    private readonly control: TurnAllocation,
  ) {}

  /**
   * Opens the control connection and allocates; the allocation is then refreshed until it is closed.
   * @throws AttemptFailure why it could not be opened, `TURN_REFUSED` or `TIMEOUT`; nothing is left open then
   */
  static async allocate(options: TcpAllocationOptions): Promise<TcpAllocation> {
    let allocation: TcpAllocation | undefined = undefined;
    const control = await TurnAllocation.allocate({
      ...options,
      channel: await options.dial(),
      transport: 'tcp',
      data: () => undefined,
      connectionAttempt: (peer, id) => allocation?.offerConnection(peer, id),
      lost: (failure) => options.lost(failure),
    });
    allocation = new TcpAllocation(options, control);
    return allocation;
  }

  /** Where peers see the client. */
  get relayed(): Endpoint {
    return this.control.relayed;
  }

  /**
   * Has the server connect to a peer and binds a new connection to that (RFC 6062 4.3).
   * @returns a channel that carries the peer's bytes
   * @throws AttemptFailure as {@link allocate}, with the socket of the connection over which it came
   */
  async connect(peer: Endpoint): Promise<Channel> {
    const asked = this.permit(peer).then(() => this.control.client.connect(peer));
    return this.bind(await overSocket(this.control.socket, asked));
  }

  /** Lets a peer's connections in (RFC 8656 10); each is then told to {@link TcpAllocationOptions.incoming}. */
  permit(peer: Endpoint): Promise<void> {
    return this.control.client.createPermission(peer);
  }

  /** Gives the allocation back, then closes the control connection. */
  release(): Promise<void> {
    return this.control.release();
  }

  /** Ends it at once. Channels to peers are their users' to close. */
  close(): void {
    this.control.close();
  }

  private offerConnection(peer: Endpoint, id: number): void {
    this.options.incoming?.({ peer, accept: () => this.bind(id) });
  }

  private async bind(id: number): Promise<Channel> {
    const { timers, attempt } = this.options;
    const channel = await this.options.dial();
    try {
      const { credentials } = this.control.client;
      return await bindConnection(channel, id, credentials, timers, (transaction) =>
        attempt.tellIdentifier('stun-transaction', transaction),
      );
    } catch (error) {
      channel.destroy();
      throw asFailure(error).over(socketOf(channel));
    }
  }
}
