import { randomBytes } from 'node:crypto';
import { dial } from '../dialler/dialler';
import type { ServerWay } from '../dialler/dialler';
import { AttemptFailure, overSocket } from '../failure';
import type { Rung } from '../../../ladder';
import { wayToTurn } from '../server-ways';
import { TurnAllocation } from '../turn/allocation';
import { withAlternates } from '../turn/alternate-server';
import { bestWay } from '../turn/best-way';
import { Echoes } from '../turn/echoes';
import type { AudioContext } from './audio';

/** Size of the datagram that is echoed, in bytes: that of a 20 ms packet of PCMA. */
const size = 172;

/** A relayed address that is kept alive. */
export interface RelayedEcho {
  /** Sends a datagram to the peer. @throws AttemptFailure if it does not come back, or if the allocation is lost */
  exchange(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Allocates a relayed address by the best way that leads to one, and refreshes it every
 * `intervalMs` milliseconds from then on.
 * @throws AttemptFailure `NO_RELAY` with the reason of each way
 */
export function openRelayed(
  ways: readonly Rung[],
  intervalMs: number,
  context: AudioContext,
): Promise<RelayedEcho> {
  return bestWay(ways, context.attempt, context.timers.gathering, (way, attempt) =>
    withAlternates(wayToTurn(way, context.config), (serverWay) =>
      open(serverWay, intervalMs, { ...context, attempt }),
    ),
  );
}

async function open(
  serverWay: ServerWay,
  intervalMs: number,
  { config, access, timers, attempt }: AudioContext,
): Promise<RelayedEcho> {
  const echoes = new Echoes(timers);
  attempt.closeAtEnd(() => echoes.stop(new AttemptFailure('ABANDONED', 'the attempt has ended')));
  const allocation = await TurnAllocation.allocate({
    channel: await dial(serverWay, access, attempt),
    credentials: config.turn,
    timers,
    attempt,
    transport: 'udp',
    refreshEvery: intervalMs,
    data: (from, data) => echoes.arrived(from, data),
    lost: (failure) => echoes.stop(failure),
  });
  try {
    await allocation.client.createPermission(config.peer);
  } catch (error) {
    allocation.close();
    throw error;
  }
  return {
    exchange: () => {
      const send = (datagram: Buffer): void => allocation.client.sendIndication(config.peer, datagram);
      return overSocket(allocation.socket, echoes.exchange([randomBytes(size)], send));
    },
    release: () => allocation.release(),
  };
}
