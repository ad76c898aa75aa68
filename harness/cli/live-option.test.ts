import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LiveView } from '../live/live-view';
import { openLiveView } from './live-option';

let folder: string;
let view: LiveView | undefined;
let lines: string[];
const browser = process.env['BROWSER'];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nimsfw-live-'));
  lines = [];
  jest.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(line));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await view?.close();
  view = undefined;
  rmSync(folder, { recursive: true });
  if (browser === undefined) delete process.env['BROWSER'];
  else process.env['BROWSER'] = browser;
});

/** Resolves when something is so, or when jest ends the test. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

it('asks for nothing unless it is asked for', async () => {
  expect(await openLiveView({}, folder)).toBeUndefined();
  expect(lines).toEqual([]);
});

it('prints the address, and starts no browser without --open', async () => {
  view = await openLiveView({ live: 0 }, folder);
  expect(lines).toEqual([`Live view: ${view!.url}`]);
});

it('opens the address in the browser that BROWSER names', async () => {
  const [program, opened] = [join(folder, 'browser'), join(folder, 'opened')];
  writeFileSync(program, `#!/bin/sh\nprintf %s "$1" >${opened}.part && mv ${opened}.part ${opened}\n`, {
    mode: 0o700,
  });
  process.env['BROWSER'] = program;
  view = await openLiveView({ open: true }, folder);
  await until(() => existsSync(opened));
  expect(readFileSync(opened, 'utf8')).toBe(view!.url);
  expect(lines).toEqual([`Live view: ${view!.url}`]);
});

it.each([
  ['that is not there', () => '/no/such/browser', 'cannot be started (ENOENT)'],
  ['that refuses', () => '/bin/false', 'ended with 1'],
])('says that a browser %s did not open it, and goes on', async (_, program, why) => {
  process.env['BROWSER'] = program();
  view = await openLiveView({ open: true }, folder);
  await until(() => lines.length > 1);
  expect(lines[1]).toBe(
    `nimsfw: ${program()} ${why}; open ${view!.url} yourself, or name a program in BROWSER [NO_BROWSER]`,
  );
});

it('refuses a port that is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await until(() => other.listening);
  const { port } = other.address() as AddressInfo;
  try {
    await expect(openLiveView({ live: port }, folder)).rejects.toMatchObject({ code: 'PORT_TAKEN' });
  } finally {
    other.close();
  }
});
