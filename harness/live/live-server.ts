import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LabError } from '../lab/lab-error';

/** What a live view sends to the pages that watch. */
export interface LiveMessage {
  readonly event: 'page' | 'cell';
  /** JSON. */
  readonly data: string;
}

/** What is shown at a moment. */
export interface LiveNow {
  readonly page: () => string;
  readonly first: () => LiveMessage;
}

/**
 * Serves a page on loopback, and what changes in it as server-sent events. The address has a token, which whoever reads the
 * page must know: other users of the machine, and pages of other origins, reach the port but get nothing.
 */
export class LiveServer {
  private readonly watching = new Set<ServerResponse>();

  private constructor(
    private readonly server: Server,
    private readonly token: string,
    private readonly now: LiveNow,
  ) {}

  /**
   * Listens on loopback.
   * @param port 0 for a free one
   * @param now makes the page as it is now, and the first word to a page that begins to watch
   * @throws LabError `PORT_TAKEN`
   */
  static async listen(port: number, now: LiveNow): Promise<LiveServer> {
    const token = randomBytes(16).toString('hex');
    const server = createServer((request, answer) => live.answer(request, answer));
    const live = new LiveServer(server, token, now);
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(notListening(port, error)));
      server.listen({ port, host: '127.0.0.1' }, resolve);
    });
    return live;
  }

  /** The address of the page. */
  get url(): string {
    return `http://${this.host}/${this.token}/`;
  }

  /** Sends a message to every page that watches. */
  send(message: LiveMessage): void {
    for (const watcher of this.watching)
      if (watcher.writableLength < mostUnread) watcher.write(textOf(message));
      // A page that does not read gets what it has missed when it asks again.
      else watcher.destroy();
  }

  /** Ends every page's stream after what was sent to it, and stops listening. */
  async close(): Promise<void> {
    const ended = [...this.watching].map((watcher) => new Promise<void>((resolve) => watcher.end(resolve)));
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    // A page that does not read does not keep the run from ending.
    const unread = setTimeout(() => this.server.closeAllConnections(), unreadMs);
    await Promise.all(ended);
    clearTimeout(unread);
    this.server.closeAllConnections();
    await closed;
  }

  private get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private answer(request: IncomingMessage, answer: ServerResponse): void {
    const [, token = '', path] = /^\/([^/]*)\/(events)?$/.exec(request.url ?? '') ?? [];
    // A name of somebody else's that leads to this address is no way in (DNS rebinding).
    const isForUs = request.headers.host === this.host && this.isToken(token);
    if (!isForUs) return refuse(answer, 404);
    if (request.method !== 'GET') return refuse(answer, 405);
    if (path === 'events') return this.watch(answer);
    answer.writeHead(200, { ...headers, 'content-type': 'text/html; charset=utf-8' });
    answer.end(this.now.page());
  }

  private watch(answer: ServerResponse): void {
    answer.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
    // What has changed since the page was made, or since a page lost its stream, is in the first word.
    answer.write(textOf(this.now.first()));
    this.watching.add(answer);
    answer.on('close', () => this.watching.delete(answer));
  }

  private isToken(text: string): boolean {
    const [given, own] = [Buffer.from(text), Buffer.from(this.token)];
    return given.length === own.length && timingSafeEqual(given, own);
  }
}

/** How a message stands in the stream (WHATWG HTML 9.2.5); JSON has no line feeds. */
const textOf = ({ event, data }: LiveMessage): string => `event: ${event}\ndata: ${data}\n\n`;

/** Bytes that wait for a page that does not read. */
const mostUnread = 32 * 2 ** 20;

/** Milliseconds that a page has to read the last of its stream. */
const unreadMs = 2000;

/** Nothing is kept by a cache, shown in a frame of another page, or told of where it came from. */
const headers = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

function refuse(answer: ServerResponse, status: number): void {
  answer.writeHead(status, { ...headers, 'content-type': 'text/plain' });
  answer.end();
}

const notListening = (port: number, { code = 'unknown' }: NodeJS.ErrnoException): LabError =>
  new LabError(
    'PORT_TAKEN',
    `the live view cannot listen on 127.0.0.1:${port} (${code}); choose another port with --live, or leave it to --open`,
  );
