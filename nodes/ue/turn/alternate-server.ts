import { isIPv4 } from 'node:net';
import { sameEndpoint } from '../../../kit/endpoint';
import type { ServerWay } from '../dialler/dialler';
import { AttemptFailure } from '../failure';
import type { Endpoint } from '../protocol';
import { printable } from '../excerpt';
import type { StunMessage } from '../stun/message';

/** How many servers are asked for one allocation; redirection beyond that is at fault, though no server came twice. */
const serversAsked = 5;

/** A TURN server sends the client to another (300 Try Alternate). Who does not go there is refused. */
export class TryAlternate extends AttemptFailure {
  /** @param domain what the other server's certificate names, where that is not the same */
  constructor(
    text: string,
    readonly server: Endpoint,
    readonly domain: string | undefined,
  ) {
    super('TURN_REFUSED', `${text} ${server.ip}:${server.port}`);
  }
}

/** What an error 300 means: another server to go to, or, without one, or with none over IPv4, a refusal. */
export function tryAlternate(text: string, response: StunMessage): AttemptFailure {
  const server = response.get('ALTERNATE-SERVER');
  if (server === undefined) return new AttemptFailure('TURN_PROTOCOL', `${text}, and names no server`);
  if (!isIPv4(server.ip)) return new AttemptFailure('TURN_REFUSED', `${text} ${server.ip}, over IPv6`);
  const domain = response.get('ALTERNATE-DOMAIN');
  return new TryAlternate(text, server, domain === undefined ? undefined : printable(domain));
}

/**
 * Uses a TURN server, or the one that it sends the client to (RFC 8489 10): by the same transport and with the same
 * credentials, its certificate checked for ALTERNATE-DOMAIN or else the name as before.
 * @param use opens the way and allocates; what it opened is closed again when it throws
 * @throws AttemptFailure `TURN_REFUSED` when a server is named that was asked before; what `use` throws
 */
export async function withAlternates<T>(
  serverWay: ServerWay,
  use: (serverWay: ServerWay) => Promise<T>,
): Promise<T> {
  const asked: Endpoint[] = [];
  for (let next = serverWay; ;) {
    asked.push(next.server);
    try {
      return await use(next);
    } catch (error) {
      if (!(error instanceof TryAlternate)) throw error;
      const { server, domain } = error;
      if (asked.some((one) => sameEndpoint(one, server))) {
        throw new AttemptFailure('TURN_REFUSED', `${error.message}, which was asked before`);
      }
      if (asked.length === serversAsked) {
        throw new AttemptFailure('TURN_REFUSED', `${error.message}, after ${serversAsked} servers`);
      }
      next = { ...next, server, name: domain ?? next.name, host: domain ?? server.ip };
    }
  }
}
