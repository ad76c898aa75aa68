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
  /**
   * Opens a connection to the TURN server, always by the same way: first the control
   * connection, then one for each peer.
   */
  dial(): Promise<Channel>;
  readonly credentials: TurnCredentials;
  readonly timers: UeTimers;
  readonly attempt: Pick<AttemptLike, 'tellIdentifier' | 'note' | 'closeAtEnd'>;
  /** Called when the control connection or the allocation is lost, so that no peer can be reached any more. */
  lost(failure: AttemptFailure): void;
  /**
   * Called when a peer that has a permission has connected to the relayed address. Without
   * this, such peers are left waiting.
   */
  incoming?(connection: IncomingConnection): void;
}

/** A peer's connection that the server holds for 30 s (RFC 6062 5.3). */
export interface IncomingConnection {
  readonly peer: Endpoint;
  /** Opens a connection to the server and binds it to the peer's connection. */
  accept(): Promise<Channel>;
}

/**
 * A TCP allocation (RFC 6062): a relayed address from which the TURN server connects to peers. It takes one
 * connection to the server for itself, and one for each peer.
 */
export class TcpAllocation {
  private constructor(
    private readonly options: TcpAllocationOptions,
    private readonly control: TurnAllocation,
  ) {}

  /**
   * Opens the control connection and allocates; the allocation is then refreshed until it is closed.
   * @throws AttemptFailure if the connection cannot be opened, `TURN_REFUSED` or `TIMEOUT`; nothing is left open then
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

  /** The address at which peers see the client. */
  get relayed(): Endpoint {
    return this.control.relayed;
  }

  /**
   * Has the server connect to a peer, and binds a new connection to that one (RFC 6062 4.3).
   * @returns a channel that carries the peer's bytes
   * @throws AttemptFailure as {@link allocate} does, with the socket of the connection on which it failed
   */
  async connect(peer: Endpoint): Promise<Channel> {
    const asked = this.permit(peer).then(() => this.control.client.connect(peer));
    return this.bind(await overSocket(this.control.socket, asked));
  }

  /** Permits a peer's connections (RFC 8656 10); each of them calls {@link TcpAllocationOptions.incoming}. */
  permit(peer: Endpoint): Promise<void> {
    return this.control.client.createPermission(peer);
  }

  /** Releases the allocation, then closes the control connection. */
  release(): Promise<void> {
    return this.control.release();
  }

  /** Ends the allocation at once. It does not close the channels to peers; their users do that. */
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
