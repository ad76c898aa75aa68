import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PageData } from '../data';
import { renderPage } from '../document/render-page';
import { TestBrowser } from '../testing/browser';
import { pageFixture } from '../testing/page-fixture';

const over = pageFixture();
const begun = pageFixture({ isLive: true });
let browser: TestBrowser;
let server: Server;
let origin: string;
/** What has been asked of the server, apart from the page. */
const asked: string[] = [];
let streams: ServerResponse[] = [];

beforeAll(async () => {
  browser = await TestBrowser.start();
  server = createServer((request, response) => {
    if (request.url?.startsWith('/run/?')) {
      response.setHeader('Content-Type', 'text/html; charset=utf-8').end(renderPage(begun, { live: true }));
      return;
    }
    asked.push(request.url!);
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('retry: 50\n\n');
    streams.push(response);
    server.emit('stream');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await browser.stop();
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked.splice(0);
  streams = [];
});

const send = (event: 'page' | 'cell', data: unknown): void => {
  for (const stream of streams) stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
};

async function openLive() {
  const isAsked = once(server, 'stream');
  const one = await browser.open(`${origin}/run/?token=s3cret#scenario=register`);
  await isAsked;
  return one;
}

it('follows a run from pending cells to the page of the finished run, with the filter that was chosen', async () => {
  const { page, complaints, close } = await openLive();
  // It asks beside its own address, with the token of it.
  expect(asked).toEqual(['/run/events?token=s3cret']);
  await page.getByText('The run goes on, and this page with it.').waitFor();
  const cell = page.locator('[data-cell="9/register/aes"]');
  expect(await cell.getAttribute('class')).toContain('pending');
  send('cell', {
    ...begun.cells.find(({ id }) => id === '9/register/aes'),
    outcome: 'running',
    brief: 'step 1',
  });
  await page.locator('[data-cell="9/register/aes"].running').waitFor();
  expect(await cell.innerText()).toContain('step 1');
  send('cell', { ...over.cells.find(({ id }) => id === '9/register/aes'), brief: '\u202e<img src=x>' });
  await page.locator('[data-cell="9/register/aes"].expected').waitFor();
  expect(await cell.innerText()).toContain('\\u{202e}<img src=x>');
  await page.getByText('41 of 100 cells done').waitFor();
  send('page', over);
  await page.getByText(over.run.summary).waitFor();
  expect(await page.locator('progress').count()).toBe(0);
  expect(await page.locator('a.cell').count()).toBe(
    over.cells.filter(({ scenario }) => scenario === 'register').length,
  );
  expect(complaints).toEqual([]);
  await close();
});

it('asks no more once the run is over', async () => {
  const { page, close } = await openLive();
  const [stream] = streams;
  const isClosed = once(stream!, 'close');
  send('page', over);
  // The browser ends the connection, and so does not ask again.
  await isClosed;
  await page.getByText(over.run.summary).waitFor();
  expect(asked).toHaveLength(1);
  await close();
});

it('says that nobody answers, and goes on when somebody does', async () => {
  const { page, close } = await openLive();
  const asksAgain = once(server, 'stream');
  streams.splice(0).forEach((stream) => stream.destroy());
  await asksAgain;
  await page.getByText('The run goes on, and this page with it.').waitFor();
  const half: PageData = { ...begun, run: { ...begun.run, summary: 'half of it' } };
  send('page', half);
  await page.getByText('half of it').waitFor();
  await Promise.all([
    page.getByText('The run does not answer').waitFor(),
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  ]);
  await close();
});
