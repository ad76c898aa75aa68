import type { AttemptLike } from '../attempt';
import { dial } from '../dialler/dialler';
import type { Access } from '../dialler/dialler';
import { AttemptFailure, asFailure } from '../failure';
import type { MediaWays } from '../ladder';
import type { FiveTuple, UeConfig } from '../protocol';
import { routeToTurn } from '../routes';
import type { UeTimers } from '../timers';
import { firstWay, notingSockets } from '../turn/first-way';
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
  const sockets: FiveTuple[] = [];
  const [hostFailures, relayFailures]: [AttemptFailure[], AttemptFailure[]] = [[], []];
  const [host, relay] = await Promise.all([
    ways.host
      ? bindHost({ ...gathering, attempt: notingSockets(gathering.attempt, sockets) }, hostFailures)
      : undefined,
    ways.turn.length > 0 ? openRelay(gathering, relayFailures) : undefined,
  ]);
  const failures = [...hostFailures, ...relayFailures];
  const bases = [host, relay].filter((base) => base !== undefined);
  if (bases.length > 0) {
    for (const failure of failures) gathering.attempt.note(`no candidate: ${failure.message}`);
    return bases;
  }
  throw new AttemptFailure(
    failures.every(({ code }) => code === 'ABANDONED') ? 'ABANDONED' : 'NO_RELAY',
    `no way for the media: ${failures.map(({ message }) => message).join('; ')}`,
    [...sockets, ...failures.flatMap((failure) => failure.ways)],
  );
}

async function bindHost(
  { access, config, ways, timers, attempt }: Gathering,
  failures: AttemptFailure[],
): Promise<UdpBase | undefined> {
  const host = await UdpBase.bind(access, attempt, timers).catch((error: unknown) => {
    failures.push(asFailure(error));
    return undefined;
  });
  if (host === undefined || ways.turn.length === 0) return host;
  try {
    await host.reflect({ ip: config.turn.address, port: config.turn.ports.udp });
    return host;
  } catch (error) {
    const failure = asFailure(error);
    failures.push(failure);
    // Without a mapped address the socket is still there; unless the lab has given it up.
    return failure.code === 'ABANDONED' ? undefined : host;
  }
}

async function openRelay(
  { ways, access, config, timers, attempt }: Gathering,
  failures: AttemptFailure[],
): Promise<RelayBase | undefined> {
  try {
    return await firstWay(ways.turn, attempt, async (way, noting) => {
      const channel = await dial(routeToTurn(way, config), access, noting);
      return RelayBase.allocate(way.via, channel, config.turn, timers, noting);
    });
  } catch (error) {
    failures.push(asFailure(error));
    return undefined;
  }
}
