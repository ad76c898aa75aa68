import { createServer, type Server, type Socket } from 'node:net';
import { Deferred } from '../../../kit/deferred';
import type { Attempt } from '../../ue/attempt';
import { dial, type Access, type ServerWay } from '../../ue/dialler/dialler';
import { asFailure, type AttemptFailure } from '../../ue/failure';
import type { Endpoint, Shim } from '../../ue/protocol';

/** Where a phone connects to, in place of the server, to have a shim do the rest of the way. */
export interface OpenShim {
  /** On loopback in the phone's own namespace. */
  readonly endpoint: Endpoint;
  /** Rejects with what failed on the way behind the shim, of which the phone sees only a closed connection. */
  readonly failed: Promise<never>;
}

/**
 * Returns the shims that a phone needs on a way: the CR leaves open where CONNECT is implemented, and not every phone
 * has TLS.
 * @param hasTls says whether the phone speaks TLS itself
 */
export function shimsOn(
  { transport, proxy }: Pick<ServerWay, 'transport' | 'proxy'>,
  hasTls: boolean,
): Shim[] {
  return [
    ...(proxy === undefined ? [] : ['connect' as const]),
    ...(transport === 'tls' && !hasTls ? ['tls' as const] : []),
  ];
}

/**
 * Opens a port on loopback whose connections are carried on to the server of a way. The sockets behind it are the
 * attempt's own, announced as those of the reference UE are, and close when it ends.
 * @param shims what the shim does for the phone, by {@link shimsOn}; without `tls` the phone's bytes go on as they are
 */
export async function openShim(
  shims: readonly Shim[],
  way: ServerWay,
  access: Access,
  attempt: Attempt,
): Promise<OpenShim> {
  const failed = new Deferred<never>();
  const behind: ServerWay = shims.includes('tls') ? way : { ...way, transport: 'tcp' };
  const server = createServer({ noDelay: true, pauseOnConnect: true }, (phone) => {
    attempt.closeAtEnd(() => phone.destroy());
    carry(phone, behind, access, attempt, (failure) => failed.reject(failure));
  });
  attempt.closeAtEnd(() => server.close());
  const endpoint = { ip: '127.0.0.1', port: await listen(server) };
  for (const shim of shims) attempt.tellShim(shim);
  return { endpoint, failed: failed.promise };
}

function carry(
  phone: Socket,
  way: ServerWay,
  access: Access,
  attempt: Attempt,
  fail: (failure: AttemptFailure) => void,
): void {
  const lose = (error: unknown): void => {
    fail(asFailure(error));
    phone.destroy();
  };
  // A phone that goes away is the phone's affair; the way behind it closes with it.
  phone.on('error', () => undefined);
  dial(way, access, attempt).then((channel) => {
    phone.on('data', (data: Buffer) => channel.send(data));
    phone.on('close', () => channel.destroy());
    channel.listen({ data: (data) => phone.write(data), lost: lose });
    if (phone.destroyed) channel.destroy();
    phone.resume();
  }, lose);
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
}
