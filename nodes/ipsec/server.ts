import { rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { oneLine } from '../../kit/one-line';
import { socketPath } from './socket-path';
import { IpsecError, request, type Answer, type Request } from './protocol';
import type { SetBook } from './set-book';

/** A request is some 600 bytes long. A line that is much longer is none. */
const longestLine = 2 ** 16;

/**
 * Serves a node's sets at a Unix stream socket: each line is a request, each answer a line (`protocol.ts`).
 * @throws Error if there can be no socket of this name
 */
export async function serve(path: string, book: SetBook): Promise<Server> {
  // A socket that a killed program has left accepts no connection, and is in the way of a new one.
  removeSocket(path);
  const server = createServer((socket) => talk(socket, book));
  const listening = once(server, 'listening');
  server.listen(socketPath(path));
  try {
    await listening;
  } catch (error) {
    throw new Error(
      `the socket ${path} cannot be made (${(error as NodeJS.ErrnoException).code}); name another one with --socket`,
    );
  }
  return server;
}

/** Removes a socket that is a file. */
export function removeSocket(path: string): void {
  if (socketPath(path) === path) rmSync(path, { force: true });
}

function talk(socket: Socket, book: SetBook): void {
  let rest = '';
  // Whoever goes away while it is answered wants no answer.
  socket.on('error', () => undefined);
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop()!;
    if (rest.length > longestLine) return socket.destroy();
    for (const line of lines)
      if (line.trim() !== '')
        void answered(line, book).then((answer) => socket.write(`${JSON.stringify(answer)}\n`));
    return undefined;
  });
}

async function answered(line: string, book: SetBook): Promise<Answer> {
  let id = 0;
  try {
    const value = json(line);
    id = idOf(value);
    const parsed = request.safeParse(value);
    if (parsed.success) return { id, result: await carriedOut(parsed.data, book) };
    const [issue] = parsed.error.issues;
    throw new IpsecError('INVALID_REQUEST', `${issue!.path.join('.') || 'request'}: ${issue!.message}`);
  } catch (error) {
    const code = error instanceof IpsecError ? error.code : 'REFUSED_BY_KERNEL';
    return { id, error: { code, message: oneLine((error as Error).message) } };
  }
}

async function carriedOut(asked: Request, book: SetBook): Promise<unknown> {
  switch (asked.method) {
    case 'add':
      await book.add(asked.params);
      return {};
    case 'remove':
      await book.remove(asked.params.name);
      return {};
    case 'extend':
      await book.extend(asked.params.name, asked.params.lifetimeSeconds);
      return {};
    case 'list':
      return book.list();
  }
}

function json(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new IpsecError('INVALID_REQUEST', 'a line is no JSON');
  }
}

function idOf(value: unknown): number {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : 0;
  return typeof id === 'number' && Number.isSafeInteger(id) ? id : 0;
}
