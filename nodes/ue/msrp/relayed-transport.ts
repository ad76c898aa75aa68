import type { AttemptLike } from '../attempt';
import type { Channel } from '../dialler/channel';
import { dial } from '../dialler/dialler';
import type { Access } from '../dialler/dialler';
import { AttemptFailure } from '../failure';
import type { Rung } from '../../../ladder';
import type { Endpoint, UeConfig } from '../protocol';
import { wayToTurn } from '../server-ways';
import type { UeTimers } from '../timers';
import { withAlternates } from '../turn/alternate-server';
import { bestWay, namingSockets } from '../turn/best-way';
import { TcpAllocation } from '../turn/tcp-allocation';
import type { MsrpTransport } from './transport';

export interface RelayedOptions {
  /** Ways to the TURN server, the most preferred first. */
  readonly ways: readonly Rung[];
  readonly config: UeConfig;
  readonly access: Access;
  readonly timers: UeTimers;
  readonly attempt: AttemptLike;
}

/**
 * A connection that the TURN server opens for this end (RFC 6062). It takes two to the
 * server, for control and for data.
 */
export class RelayedTransport implements MsrpTransport {
  readonly setup = 'active';
  private opened = 0;
  private allocation: TcpAllocation | undefined;
  private closed = false;

  constructor(private readonly options: RelayedOptions) {}

  /** Number of connections to the TURN server, also by ways that failed later. */
  get connections(): number {
    return this.opened;
  }

  /**
   * Allocates by the best way that works. After a later failure it tries no other way, because the other end
   * already has the relayed address.
   * @throws AttemptFailure `NO_RELAY` with the reason of each way; `ABANDONED` if all ways,
   *   or the attempt, were abandoned
   */
  async prepare(lost: (failure: AttemptFailure) => void): Promise<Endpoint> {
    const { ways, attempt, timers } = this.options;
    const allocation = await bestWay(ways, attempt, timers.gathering, (way, part) =>
      this.allocate(way, part, lost),
    );
    if (this.closed) {
      allocation.close();
      throw new AttemptFailure('ABANDONED', 'the session was closed');
    }
    this.allocation = allocation;
    return allocation.relayed;
  }

  connect(remote: Endpoint): Promise<Channel> {
    if (this.allocation === undefined) throw new Error('nothing is allocated yet');
    return this.allocation.connect(remote);
  }

  async release(): Promise<void> {
    await this.allocation?.release();
  }

  close(): void {
    this.closed = true;
    this.allocation?.close();
  }

  private async allocate(
    way: Rung,
    attempt: AttemptLike,
    lost: (failure: AttemptFailure) => void,
  ): Promise<TcpAllocation> {
    const { config, access, timers } = this.options;
    const allocation = await withAlternates(wayToTurn(way, config), async (serverWay) => {
      let allocated: TcpAllocation | undefined = undefined;
      allocated = await TcpAllocation.allocate({
        dial: async () => {
          const channel = await namingSockets(attempt, (noting) => dial(serverWay, access, noting));
          this.opened++;
          return channel;
        },
        credentials: config.turn,
        timers,
        attempt,
        // The failure of a way that was not taken is not reported.
        lost: (failure) => {
          if (allocated !== undefined && this.allocation === allocated) lost(failure);
        },
      });
      return allocated;
    });
    attempt.closeAtEnd(() => allocation.close());
    return allocation;
  }
}
