import type { AttemptLike } from '../attempt';
import { dial } from '../dialler/dialler';
import type { Access } from '../dialler/dialler';
import { asFailure, type AttemptFailure } from '../failure';
import type { MediaWays, Rung } from '../../../ladder';
import type { FiveTuple, UeConfig } from '../protocol';
import { wayToTurn } from '../server-ways';
import type { UeTimers } from '../timers';
import { withAlternates } from '../turn/alternate-server';
import { nothingFound, sideBySide, Trial } from '../turn/trial';
import type { IceBase } from './ice-base';
import { RelayBase } from './relay-base';
import { UdpBase } from './udp-base';

export interface Gathering {
  readonly access: Access;
  readonly config: UeConfig;
  /** The ways that belong to the rung of the registration (`mediaWays`). */
  readonly ways: MediaWays;
  readonly timers: UeTimers;
  readonly attempt: AttemptLike;
}

/** The bases from which candidates send, as far as they are known when the description leaves. */
export interface Gathered {
  /** The bases that are there. If there is none, at least one is late. */
  readonly bases: readonly IceBase[];
  /** The failures of other ways; each names the ways on the network that were taken. */
  readonly failures: readonly AttemptFailure[];
  /** The ways that are not decided yet. */
  readonly late: readonly LateBase[];
}

/** A relayed address that may still come. */
export interface LateBase {
  /** The way to the TURN server, e.g. `tls:443`. */
  readonly name: string;
  /** The ways on the network that were taken for it so far. */
  readonly ways: readonly FiveTuple[];
  /** The base, when it comes. @throws AttemptFailure if it does not come */
  readonly base: Promise<IceBase>;
  /** Ends everything that is done for the base, because it is not needed any more. */
  giveUp(): void;
}

/**
 * Gathers the bases of candidates (RFC 8445 5.1.1), all side by side. They are a UDP socket of the UE, if the ways
 * include it, with its address as a STUN server sees it if there are ways to a server; and a relayed address by
 * each way to the TURN server (TS 33.203 W.3). It takes no longer than `timers.gathering` if there is anything by
 * then. A way that answers later is not lost: the other end does not know its address, but learns it as
 * peer-reflexive from the first check (RFC 8445 7.3.1.3).
 * @throws AttemptFailure if there is no base at all: `ABANDONED` if the lab gave every way up, else
 *   `NO_RELAY` with the reason of each
 */
export async function gather(gathering: Gathering): Promise<Gathered> {
  const { ways, attempt, access, config, timers } = gathering;
  const failures: AttemptFailure[] = [];
  const host = ways.host
    ? await UdpBase.bind(access, attempt, timers).catch((error: unknown) => {
        failures.push(asFailure(error));
        return undefined;
      })
    : undefined;
  const relays = ways.turn.map(
    (way) => new Trial<IceBase>(way.via, attempt, (part) => openRelay(way, { ...gathering, attempt: part })),
  );
  const server = { ip: config.turn.address, port: config.turn.ports.udp };
  const reflections =
    host && relays.length > 0 ? [new Trial('udp', attempt, () => host.reflect(server))] : [];
  await sideBySide(
    [...reflections, ...relays],
    timers.gathering,
    (isEarly) => !isEarly && (host !== undefined || relays.some(({ found }) => found)),
  );
  for (const { failure } of reflections)
    if (failure) attempt.note(`no server-reflexive candidate: ${failure.message}`);
  for (const { failure } of relays) {
    if (!failure) continue;
    attempt.note(`no relayed candidate: ${failure.message}`);
    failures.push(failure);
  }
  const found = relays.map((relay) => relay.found?.value).filter((base) => base !== undefined);
  const late = relays.filter(({ isUndecided }) => isUndecided);
  if (host === undefined && found.length + late.length === 0)
    throw nothingFound('no way for the media', failures);
  return { bases: [...(host ? [host] : []), ...found], failures, late: late.map(lateBase) };
}

async function openRelay(way: Rung, { access, config, timers, attempt }: Gathering): Promise<RelayBase> {
  return withAlternates(wayToTurn(way, config), async (serverWay) => {
    const channel = await dial(serverWay, access, attempt);
    return RelayBase.allocate(way, channel, config.turn, timers, attempt);
  });
}

function lateBase(trial: Trial<IceBase>): LateBase {
  const base = trial.decided.then(() => {
    if (trial.found) return trial.found.value;
    throw asFailure(trial.failure);
  });
  // The agent that would take the base over may have ended by then.
  base.catch(() => undefined);
  return {
    name: trial.name,
    get ways() {
      return trial.ways;
    },
    base,
    giveUp: () => trial.giveUp(),
  };
}
