import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';

/** What a fake engine answers: by default 404, as the engine does of what it does not have. */
export interface FakeAnswer {
  readonly status?: number;
  readonly body?: unknown;
}

/** `GET /version` to what is answered, or what makes the answer of the request's query. */
export type FakeRoutes = Readonly<Record<string, FakeAnswer | ((query: URLSearchParams) => FakeAnswer)>>;

/** Something on a socket of this machine that speaks as much of the Engine API as a test needs. */
export interface FakeEngine extends AsyncDisposable {
  /** What DOCKER_HOST is set to for it. */
  readonly host: string;
  readonly client: Docker;
  /** What it was asked: method and path, without the query. */
  readonly requests: readonly string[];
}

/** Starts one. */
export async function fakeEngine(routes: FakeRoutes): Promise<FakeEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'nimsfw-fake-engine-'));
  const socketPath = join(folder, 'docker.sock');
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://docker');
    const asked = `${request.method} ${decodeURIComponent(pathname)}`;
    requests.push(asked);
    const route = routes[asked] ?? { status: 404, body: { message: `no ${pathname}` } };
    const { status = 200, body = {} } = typeof route === 'function' ? route(searchParams) : route;
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
    response.end(status === 204 ? undefined : JSON.stringify(body));
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
