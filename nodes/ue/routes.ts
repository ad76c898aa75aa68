import type { Route } from './dialler/dialler';
import { AttemptFailure } from './failure';
import { registrationRungs, relayRungs } from './ladder';
import type { Rung, Via } from './ladder';
import type { UeConfig } from './protocol';

type Ports = UeConfig['pcscf']['ports'] & UeConfig['turn']['ports'];

/** What each way needs: a transport, the server's port by its name in the configuration, and whether a proxy. */
const ways: Readonly<Record<Via, { transport: Route['transport']; port: keyof Ports; proxy?: true }>> = {
  'udp:5060': { transport: 'udp', port: 'udp' },
  'tls:5061': { transport: 'tls', port: 'tls' },
  'tls:443': { transport: 'tls', port: 'https' },
  'connect:443': { transport: 'tls', port: 'https', proxy: true },
  'udp:3478': { transport: 'udp', port: 'udp' },
  'tcp:3478': { transport: 'tcp', port: 'tcp' },
  'tls:5349': { transport: 'tls', port: 'tls' },
  'tcp:80': { transport: 'tcp', port: 'http' },
};

/**
 * The way to the P-CSCF of a rung.
 * @throws AttemptFailure `UNSUPPORTED` for what is no rung of registration, `NO_PROXY`
 */
export function routeToPcscf(rung: Rung, config: UeConfig): Route {
  return routeTo(rung, registrationRungs, config, config.pcscf);
}

/**
 * The way to the TURN server of a rung.
 * @throws AttemptFailure `UNSUPPORTED` for what is no rung to a TURN server, `NO_PROXY`
 */
export function routeToTurn(rung: Rung, config: UeConfig): Route {
  return routeTo(rung, relayRungs, config, config.turn);
}

function routeTo(
  { step, via }: Rung,
  rungs: readonly Rung[],
  config: UeConfig,
  server: { readonly name: string; readonly address: string; readonly ports: Partial<Ports> },
): Route {
  const way = ways[via];
  const port = server.ports[way.port];
  if (!rungs.some((rung) => rung.step === step && rung.via === via) || port === undefined) {
    throw new AttemptFailure('UNSUPPORTED', `step ${step} by ${via} is no rung of this UE's ladder`);
  }
  if (way.proxy && config.proxy === undefined) {
    throw new AttemptFailure('NO_PROXY', `${via} asked for, but no proxy is configured`);
  }
  return {
    transport: way.transport,
    server: { ip: server.address, port },
    name: server.name,
    proxy: way.proxy ? config.proxy : undefined,
  };
}
