import { source as axeSource, type AxeResults } from 'axe-core';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { renderPage } from '../document/render-page';
import { TestBrowser, type OpenPage } from '../testing/browser';
import { byConnect, cellPage, passedAttempt, portsClosed } from '../testing/cell-fixture';
import { crowded } from '../testing/sequence-fixture';

const busy = {
  ...byConnect,
  id: '8/register/null',
  attempts: [{ ...passedAttempt, id: '8/register/null/3-connect:443', sequence: crowded(), durationMs: 800 }],
};
const data = cellPage({ cells: [portsClosed, byConnect, busy] });
let browser: TestBrowser;
let address: string;
const opened: OpenPage[] = [];

beforeAll(async () => {
  browser = await TestBrowser.start();
  address = browser.write(renderPage(data));
});
afterAll(() => browser.stop());

/** The page complains of nothing, such as a style that its policy forbids. */
afterEach(async () => {
  for (const { complaints, close } of opened.splice(0)) {
    expect(complaints).toEqual([]);
    await close();
  }
});

async function open(fragment: string, options: BrowserContextOptions = {}): Promise<Page> {
  const one = await browser.open(`${address}${fragment}`, options);
  opened.push(one);
  await one.page.getByRole('heading', { name: 'What was tried, in order' }).waitFor();
  return one.page;
}

const dropped = `#cell=3/register/aes&attempt=${encodeURIComponent(portsClosed.attempts[0]!.id)}`;
const message = (page: Page) => page.getByRole('complementary', { name: 'The chosen message' });

it('shows a message that is clicked: its text in the clear, what carried it, and where it was captured', async () => {
  const page = await open(dropped);
  await page.getByRole('option').first().click();
  const text = await message(page).innerText();
  expect(text).toContain('REGISTER sip:ims.mnc001.mcc001.3gppnetwork.org SIP/2.0\n');
  expect(text).toContain('at fw-3 by sip-ports');
  expect(text.split('\n')).toEqual(expect.arrayContaining(['UDP', 'captures/3-ue-side.pcap, frame 1']));
});

it('goes from message to message with the keys, and is one stop of Tab', async () => {
  const page = await open('#cell=8/register/null');
  const options = page.getByRole('option');
  const chosen = () => options.evaluateAll((all) => all.findIndex((one) => one.ariaSelected === 'true'));
  await options.first().focus();
  for (const [key, index] of [
    ...[['ArrowDown', 1] as const, ['PageDown', 11] as const, ['ArrowUp', 10] as const],
    ...[['End', 199] as const, ['ArrowDown', 199] as const, ['Home', 0] as const],
  ]) {
    await page.keyboard.press(key);
    expect(await chosen()).toBe(index);
  }
  await page.keyboard.press('Tab');
  expect(await page.locator('[role=option]:focus').count()).toBe(0);
});

it('folds and unfolds attempts, and opens the one that the address names', async () => {
  const page = await open(dropped);
  const openAttempts = () => page.locator('details.attempt[open] h4').allInnerTexts();
  expect((await openAttempts()).map((text) => text.replace(/\s+/g, ' '))).toEqual([
    '✕ blocked Step 1: UDP 5060',
  ]);
  await page.locator('details.attempt > summary').last().click();
  expect(await openAttempts()).toHaveLength(2);
  await page.getByRole('button', { name: 'Unfold all' }).click();
  expect(await openAttempts()).toHaveLength(3);
  await page.getByRole('button', { name: 'Fold all' }).click();
  expect(await openAttempts()).toHaveLength(0);
});

it('copies the command that measures just this cell, and says so', async () => {
  const page = await open(dropped, { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.getByRole('button', { name: 'Copy: Measure just this cell' }).click();
  await page.getByText('Copied.', { exact: true }).waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(portsClosed.command);
});

it('says that it could not copy, and selects the command', async () => {
  const page = await open(dropped);
  await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
  await page.getByRole('button', { name: 'Copy: Measure just this cell' }).click();
  await page.getByText('Not copied: ').waitFor();
  expect(await page.evaluate(() => String(getSelection()))).toBe(portsClosed.command);
});

it('fits on a phone: what is wider scrolls inside', async () => {
  const page = await open('#cell=8/register/null', { viewport: { width: 390, height: 800 } });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});

it.each(['light', 'dark'] as const)('has nothing serious that axe finds, in %s', async (colorScheme) => {
  const page = await open(dropped, { colorScheme });
  await page.getByRole('button', { name: 'Unfold all' }).click();
  await page.getByRole('option').first().click();
  for (const summary of await page.locator('details.attempt details > summary').all()) await summary.click();
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
});
