import { randomBytes } from 'node:crypto';
import { socketOf } from '../dialler/channel';
import { dial } from '../dialler/dialler';
import type { Route } from '../dialler/dialler';
import { AttemptFailure, asFailure, overSocket } from '../failure';
import type { Rung } from '../ladder';
import { routeToTurn } from '../routes';
import { withAlternates } from '../turn/alternate-server';
import { bestWay } from '../turn/best-way';
import { Echoes } from '../turn/echoes';
import { TurnClient } from '../turn/turn-client';
import type { AudioContext } from './audio';

/** Size of the datagram that is echoed: that of a 20 ms packet of PCMA. */
const size = 172;

/** Seconds; RFC 8656 3.2: the default. */
const lifetime = 600;

/** A relayed address that is kept alive. */
export interface RelayedEcho {
  /** @throws AttemptFailure when a datagram to the peer does not come back, or the allocation is lost */
  exchange(): Promise<void>;
  release(): Promise<void>;
}

/**
 * Allocates a relayed address by the best way that leads to one, and refreshes it as often as `intervalMs` from then on.
 * @throws AttemptFailure `NO_RELAY` with the reason of each way
 */
export function openRelayed(
  ways: readonly Rung[],
  intervalMs: number,
  context: AudioContext,
): Promise<RelayedEcho> {
  return bestWay(ways, context.attempt, context.timers.gathering, (way, attempt) =>
    withAlternates(routeToTurn(way, context.config), (route) =>
      open(route, intervalMs, { ...context, attempt }),
    ),
  );
}

async function open(
  route: Route,
  intervalMs: number,
  { config, access, timers, attempt }: AudioContext,
): Promise<RelayedEcho> {
  const channel = await dial(route, access, attempt);
  const echoes = new Echoes(timers);
  let lost: AttemptFailure | undefined;
  const client = new TurnClient(channel, config.turn, timers, {
    transaction: (id) => attempt.tellIdentifier('stun-transaction', id),
    data: (from, data) => echoes.arrived(from, data),
    lost: (failure) => {
      lost = failure;
      echoes.stop(failure);
    },
  });
  const stop = (): void => {
    clearInterval(refreshing);
    client.stop();
  };
  let isAllocated = false;
  const refreshing = setInterval(() => {
    if (isAllocated) client.refresh(lifetime).catch((error: unknown) => (lost ??= asFailure(error)));
  }, intervalMs);
  attempt.closeAtEnd(() => {
    stop();
    echoes.stop(new AttemptFailure('ABANDONED', 'the attempt has ended'));
  });
  try {
    await client.allocate();
    isAllocated = true;
    await client.createPermission(config.peer);
  } catch (error) {
    stop();
    channel.destroy();
    throw error;
  }
  return {
    exchange: () => {
      const send = (datagram: Buffer): void => client.sendIndication(config.peer, datagram);
      return overSocket(
        socketOf(channel),
        lost ? Promise.reject(lost) : echoes.exchange([randomBytes(size)], send),
      );
    },
    release: async () => {
      clearInterval(refreshing);
      await client.refresh(0).catch(() => undefined);
      stop();
      await channel.close();
    },
  };
}
