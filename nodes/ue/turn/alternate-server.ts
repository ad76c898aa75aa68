import { isIPv4 } from 'node:net';
import { sameEndpoint } from '../../../kit/endpoint';
import type { ServerWay } from '../dialler/dialler';
import { AttemptFailure } from '../failure';
import type { Endpoint } from '../protocol';
import { printable } from '../excerpt';
import type { StunMessage } from '../stun/message';

/**
 * Number of servers that are asked for one allocation. Further redirection is an error,
 * even if no server was named twice.
 */
const serversAsked = 5;

/**
 * A TURN server sends the client to another one (300 Try Alternate). A caller that does not
 * go there takes it as a refusal.
 */
export class TryAlternate extends AttemptFailure {
  /** @param domain the name in the other server's certificate, if that is another one */
  constructor(
    text: string,
    readonly server: Endpoint,
    readonly domain: string | undefined,
  ) {
    super('TURN_REFUSED', `${text} ${server.ip}:${server.port}`);
  }
}

/**
 * Turns an error 300 into a failure: {@link TryAlternate} if it names a server with an IPv4
 * address, or else a plain failure.
 */
export function tryAlternate(text: string, response: StunMessage): AttemptFailure {
  const server = response.get('ALTERNATE-SERVER');
  if (server === undefined) return new AttemptFailure('TURN_PROTOCOL', `${text}, and names no server`);
  if (!isIPv4(server.ip)) return new AttemptFailure('TURN_REFUSED', `${text} ${server.ip}, over IPv6`);
  const domain = response.get('ALTERNATE-DOMAIN');
  return new TryAlternate(text, server, domain === undefined ? undefined : printable(domain));
}

/**
 * Uses a TURN server, or the one that it sends the client to (RFC 8489 10). Transport and credentials stay the
 * same. The certificate is checked for ALTERNATE-DOMAIN, or for the same name if there is none.
 * @param use opens the way and allocates; if it throws, it has to close what it opened
 * @throws AttemptFailure `TURN_REFUSED` if a server is named that was asked before, or after too many
 *   servers; and what `use` throws
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
