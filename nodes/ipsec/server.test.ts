import { mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { SecurityAssociations } from './client';
import type { Maker } from './maker';
import { serve } from './server';
import { SetBook } from './set-book';
import { setBetween } from './testing/sets';

const folder = mkdtempSync(join(tmpdir(), 'ipsec-'));
const path = join(folder, 'ipsec.sock');
const done: string[] = [];
const maker: Maker = {
  name: 'userspace',
  add: async ({ name }) => void done.push(`add ${name}`),
  remove: async (name) => void done.push(`remove ${name}`),
  list: async () => ({ sets: [], unknownSpi: 0, udpChecksumErrors: 0 }),
  broken: new Promise(() => undefined),
  close: async () => undefined,
};

let server: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => (server = await serve(path, new SetBook(maker, () => undefined))));
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

test('a program that never answers is waited for no longer than it may take', async () => {
  const silent = createServer().listen(join(folder, 'silent'));
  await once(silent, 'listening');
  const client = await SecurityAssociations.connect(join(folder, 'silent'), 50);
  await expect(client.add(setBetween('10.0.0.2', '10.0.1.1', 0))).rejects.toThrow(
    /^the program ipsec at .*silent has not answered add for 0\.05 s; its log says why$/,
  );
  await client.close();
  silent.close();
});

test('what is asked is done, and what cannot be is refused with a code', async () => {
  await using client = await SecurityAssociations.connect(path);
  await client.add(setBetween('10.0.0.2', '10.0.1.1', 0));
  await client.extend('set-0', 5);
  await client.remove('set-0');
  expect(done).toEqual(['add set-0', 'remove set-0']);
  await expect(client.remove('set-0')).rejects.toMatchObject({ code: 'UNKNOWN_SET' });
  expect(await client.list()).toMatchObject({ maker: 'userspace', sets: [] });
});

test.each([
  ['no JSON', 'hello', 0, 'a line is no JSON'],
  ['a request without a name', '{"id":4,"method":"remove","params":{}}', 4, 'params.name: '],
])('%s is answered with INVALID_REQUEST', async (_, line, id, message) => {
  const socket = connect(path);
  const answered = new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
  socket.write(`${line}\n`);
  const answer = JSON.parse(await answered) as { id: number; error: { code: string; message: string } };
  expect(answer).toMatchObject({ id, error: { code: 'INVALID_REQUEST' } });
  expect(answer.error.message.startsWith(message)).toBe(true);
  socket.end();
  await text(socket);
});

test('without the program there is one line', async () => {
  await expect(SecurityAssociations.connect(join(folder, 'none'))).rejects.toThrow(
    `no program ipsec answers at ${join(folder, 'none')} (ENOENT); start it first`,
  );
});
