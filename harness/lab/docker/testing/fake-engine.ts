import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';

/** The answer of a fake engine; 404 by default, as the engine answers for missing things. */
export interface FakeAnswer {
  readonly status?: number;
  readonly body?: unknown;
}

/**
 * Maps requests such as `GET /version` to the answer, or to a function that makes it from the request's query.
 */
export type FakeRoutes = Readonly<
  Record<string, FakeAnswer | ((query: URLSearchParams) => FakeAnswer | Promise<FakeAnswer>)>
>;

/** A server on a socket of this machine with the part of the Engine API that a test needs. */
export interface FakeEngine extends AsyncDisposable {
  /** Value of DOCKER_HOST for it. */
  readonly host: string;
  readonly client: Docker;
  /** The requests that it got: method and path, without the query. */
  readonly requests: readonly string[];
}

/** Starts a fake engine. */
export async function fakeEngine(routes: FakeRoutes): Promise<FakeEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'nimsfw-fake-engine-'));
  const socketPath = join(folder, 'docker.sock');
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://docker');
    const asked = `${request.method} ${decodeURIComponent(pathname)}`;
    requests.push(asked);
    const route = routes[asked] ?? { status: 404, body: { message: `no ${pathname}` } };
    void Promise.resolve(typeof route === 'function' ? route(searchParams) : route).then(
      ({ status = 200, body = {} }) => {
        response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
        response.end(status === 204 ? undefined : JSON.stringify(body));
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    host: `unix://${socketPath}`,
    client: new Docker({ socketPath }),
    requests,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
}
