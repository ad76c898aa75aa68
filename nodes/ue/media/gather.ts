import type { AttemptLike } from '../attempt';
import { dial } from '../dialler/dialler';
import type { Access } from '../dialler/dialler';
import { AttemptFailure, asFailure } from '../failure';
import type { MediaWays, Rung } from '../ladder';
import type { UeConfig } from '../protocol';
import { routeToTurn } from '../routes';
import type { UeTimers } from '../timers';
import type { IceBase } from './ice-base';
import { RelayBase } from './relay-base';
import { UdpBase } from './udp-base';

export interface Gathering {
  readonly access: Access;
  readonly config: UeConfig;
  /** Those of the rung of the registration (`mediaWays`). */
  readonly ways: MediaWays;
  readonly timers: UeTimers;
  readonly attempt: AttemptLike;
}

/**
 * Gathers what candidates can send from (RFC 8445 5.1.1): where the ways have it a UDP socket of our own, with what a STUN
 * server sees of it if any server is used; and one relayed address, by the first way to the TURN server that leads to an
 * allocation (TS 33.203 W.3.1.3). The two go side by side. What failed has left nothing open.
 * @throws AttemptFailure when there is nothing at all: `ABANDONED` if the lab gave every way up, else `NO_RELAY` with the
 *   reason of each
 */
export async function gather(gathering: Gathering): Promise<IceBase[]> {
  const { ways } = gathering;
  const [hostFailures, relayFailures]: [LegFailure[], LegFailure[]] = [[], []];
  const [host, relay] = await Promise.all([
    ways.host ? bindHost(gathering, hostFailures) : undefined,
    openRelay(ways.turn, gathering, relayFailures),
  ]);
  const failures = [...hostFailures, ...relayFailures];
  const bases = [host, relay].filter((base) => base !== undefined);
  if (bases.length > 0) {
    for (const { way, failure } of failures)
      gathering.attempt.note(`no candidate by ${way}: ${failure.message}`);
    return bases;
  }
  throw new AttemptFailure(
    failures.every(({ failure }) => failure.code === 'ABANDONED') ? 'ABANDONED' : 'NO_RELAY',
    `no way for the media: ${failures.map(({ way, failure }) => `${way}: ${failure.message}`).join('; ')}`,
  );
}

interface LegFailure {
  readonly way: string;
  readonly failure: AttemptFailure;
}

async function bindHost(
  { access, config, ways, timers, attempt }: Gathering,
  failures: LegFailure[],
): Promise<UdpBase | undefined> {
  const host = await UdpBase.bind(access, attempt, timers).catch((error: unknown) => {
    failures.push({ way: 'udp', failure: asFailure(error) });
    return undefined;
  });
  if (host === undefined || ways.turn.length === 0) return host;
  try {
    await host.reflect({ ip: config.turn.address, port: config.turn.ports.udp });
    return host;
  } catch (error) {
    const failure = asFailure(error);
    failures.push({ way: 'udp', failure });
    // Without a mapped address the socket is still there; unless the lab has given it up.
    return failure.code === 'ABANDONED' ? undefined : host;
  }
}

async function openRelay(
  rungs: readonly Rung[],
  { access, config, timers, attempt }: Gathering,
  failures: LegFailure[],
): Promise<RelayBase | undefined> {
  for (const rung of rungs) {
    if (attempt.ended) break;
    try {
      const channel = await dial(routeToTurn({ ...attempt.request, ...rung }, config), access, attempt);
      return await RelayBase.allocate(rung.via, channel, config.turn, timers, attempt);
    } catch (error) {
      failures.push({ way: rung.via, failure: asFailure(error) });
    }
  }
  return undefined;
}
