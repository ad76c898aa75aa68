import {
  akaRungs,
  espInUdpPort,
  isByConnect,
  isSameRung,
  registrationRungs,
  relayRungs,
  type Rung,
  type Server,
} from '../../ladder';
import type { ServerWay } from './dialler/dialler';
import { AttemptFailure } from './failure';
import type { UeConfig } from './protocol';

type Ports = Partial<UeConfig['pcscf']['ports'] & UeConfig['turn']['ports']>;

const ladders: Readonly<Record<Server, readonly Rung[]>> = {
  pcscf: [...registrationRungs, ...akaRungs],
  turn: relayRungs,
};

/**
 * Returns the way to the server of a rung.
 * @throws AttemptFailure `UNSUPPORTED` if this UE's ladder to that server has no such rung; `NO_PROXY` if CONNECT
 *   is asked for and no proxy is configured
 */
function wayTo(server: Server, rung: Rung, config: UeConfig): ServerWay {
  const { name, address, ports } = config[server];
  const { transport } = rung;
  const port = transport === 'wss' ? undefined : portOf({ transport, port: rung.port }, ports);
  const isKnown = ladders[server].some((known) => isSameRung(known, rung));
  if (!isKnown || transport === 'wss' || port === undefined)
    throw new AttemptFailure(
      'UNSUPPORTED',
      `step ${rung.step} by ${rung.via} is no rung of this UE's ladder`,
    );
  const proxy = proxyFor(rung, config);
  return {
    transport,
    server: { ip: address, port },
    name,
    proxy,
    // The proxy asks for what is reached through it.
    ...(config.resolver && !proxy ? { resolver: config.resolver } : {}),
  };
}

/** Returns the proxy of which a rung asks a tunnel, if it does. @throws AttemptFailure `NO_PROXY` if none is configured */
export function proxyFor(
  rung: Pick<Rung, 'through' | 'via'>,
  { proxy }: Pick<UeConfig, 'proxy'>,
): UeConfig['proxy'] {
  if (!isByConnect(rung)) return undefined;
  if (proxy === undefined)
    throw new AttemptFailure('NO_PROXY', `${rung.via} asked for, but no proxy is configured`);
  return proxy;
}

/** Returns the way by a rung to the P-CSCF. @throws AttemptFailure `UNSUPPORTED`, `NO_PROXY` */
export const wayToPcscf = (rung: Rung, config: UeConfig): ServerWay => wayTo('pcscf', rung, config);

/** Returns the way by a rung to the TURN server. @throws AttemptFailure `UNSUPPORTED`, `NO_PROXY` */
export const wayToTurn = (rung: Rung, config: UeConfig): ServerWay => wayTo('turn', rung, config);

/** Returns the port at which the configured server serves what the standards have at the rung's port. */
function portOf(
  { transport, port }: Pick<Rung, 'port'> & Pick<ServerWay, 'transport'>,
  ports: Ports,
): number | undefined {
  // ESP in UDP begins in the clear, as every registration by AKA does.
  if (port === espInUdpPort) return ports.udp;
  if (port === 443) return ports.https;
  if (port === 80) return ports.http;
  return ports[transport];
}
