import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LiveServer } from './live-server';

let live: LiveServer;
beforeEach(async () => {
  live = await LiveServer.listen(0, {
    page: () => '<!doctype html><title>now</title>',
    first: () => ({ event: 'page', data: '"first"' }),
  });
});
afterEach(() => live.close());

/** Asks with these header fields, which fetch would not send. */
const ask = (url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request(url, { headers, method }, resolve).on('error', reject).end();
  });

async function textOf(answer: IncomingMessage): Promise<string> {
  answer.setEncoding('utf8');
  let text = '';
  for await (const chunk of answer) text += chunk as string;
  return text;
}

const statusOf = async (...asked: Parameters<typeof ask>): Promise<number | undefined> => {
  const answer = await ask(...asked);
  answer.resume();
  return answer.statusCode;
};

it('gives the page to who has its address, and lets nobody keep or frame it', async () => {
  expect(live.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/$/);
  const answer = await ask(live.url);
  expect(answer.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
  });
  expect(await textOf(answer)).toBe('<!doctype html><title>now</title>');
});

it.each([
  ['without a token', (url: string) => new URL('/', url).href],
  ['with another token', (url: string) => new URL(`/${'0'.repeat(32)}/`, url).href],
  ['with a part of the token', (url: string) => url.slice(0, -5)],
  ['with another path', (url: string) => `${url}result.json`],
  ['with a path that climbs', (url: string) => `${url}..%2f`],
  ['without a token, for the events', (url: string) => new URL('/events', url).href],
])('is not there %s', async (_, other) => {
  expect(await statusOf(other(live.url))).toBe(404);
});

it('is not there by another name of the machine, which a page elsewhere may have given it', async () => {
  const { port } = new URL(live.url);
  expect(await statusOf(live.url, { host: `evil.example:${port}` })).toBe(404);
  expect(await statusOf(live.url, { host: `localhost:${port}` })).toBe(404);
});

it('only gives', async () => {
  expect(await statusOf(live.url, {}, 'POST')).toBe(405);
});

it('sends each message to every page that watches, in order, and ends their streams', async () => {
  const watching = await Promise.all([ask(`${live.url}events`), ask(`${live.url}events`)]);
  expect(watching.map(({ headers }) => headers['content-type'])).toEqual(Array(2).fill('text/event-stream'));
  const texts = Promise.all(watching.map(textOf));
  live.send({ event: 'cell', data: '{"id":"0/register/aes"}' });
  live.send({ event: 'page', data: '{}' });
  await live.close();
  const sent =
    'event: page\ndata: "first"\n\nevent: cell\ndata: {"id":"0/register/aes"}\n\nevent: page\ndata: {}\n\n';
  expect(await texts).toEqual([sent, sent]);
});

it('does not wait for a page that reads nothing', async () => {
  const idle = await ask(`${live.url}events`);
  idle.pause();
  live.send({ event: 'page', data: '"'.padEnd(8_000_000, 'x') });
  await live.close();
  idle.destroy();
});

it('says that a port is taken', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  try {
    await expect(
      LiveServer.listen(port, { page: () => '', first: () => ({ event: 'page', data: '' }) }),
    ).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: `the live view cannot listen on 127.0.0.1:${port} (EADDRINUSE); choose another port with --live, or leave it to --open`,
    });
  } finally {
    other.close();
  }
});
