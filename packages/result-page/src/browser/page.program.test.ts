import { source as axeSource, type AxeResults } from 'axe-core';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { renderPage } from '../document/render-page';
import { TestBrowser, type OpenPage } from '../testing/browser';
import { pageFixture } from '../testing/page-fixture';

const data = pageFixture();
let browser: TestBrowser;
let address: string;
const opened: OpenPage[] = [];

beforeAll(async () => {
  browser = await TestBrowser.start();
  address = browser.write(renderPage(data));
});
afterAll(() => browser.stop());

/** Whatever a test does, the page complains of nothing and asks nobody. */
afterEach(async () => {
  for (const { complaints, requests, close } of opened.splice(0)) {
    expect(complaints).toEqual([]);
    expect(requests).toEqual([]);
    await close();
  }
});

async function open(fragment = '', options: BrowserContextOptions = {}, prepare?: () => void): Promise<Page> {
  const one = await browser.open(`${address}${fragment}`, options, prepare);
  opened.push(one);
  return one.page;
}

const cellIds = (page: Page): Promise<(string | undefined)[]> =>
  page.locator('a.cell').evaluateAll((links) => links.map((link) => (link as HTMLElement).dataset.cell));
const fragmentOf = (page: Page): string => new URL(page.url()).hash;
const button = (page: Page, group: string, name: string) =>
  page.getByRole('group', { name: group }).getByRole('button', { name, exact: true });
const headingOfCell = (page: Page, id: string) => page.getByRole('heading', { name: id, exact: true });
const idsWhere = (isSo: (cell: (typeof data.cells)[number]) => boolean): string[] =>
  data.cells.filter(isSo).map(({ id }) => id);
const sorted = (ids: readonly (string | undefined)[]): (string | undefined)[] => [...ids].sort();

describe('the matrix', () => {
  it('shows each cell, with its step and its reason', async () => {
    const page = await open();
    await page.getByRole('search').waitFor();
    expect(sorted(await cellIds(page))).toEqual(sorted(data.cells.map(({ id }) => id)));
    const cell = page.locator('[data-cell="5/relay/null"]');
    expect((await cell.innerText()).split(/\s*\n\s*/)).toEqual([
      '3',
      ', not as expected.',
      '2: sip-ports',
      'known',
    ]);
    const row = page
      .getByRole('row')
      .filter({ has: page.getByRole('rowheader', { name: '9 reads tunnelled bytes' }) });
    expect(await row.getByRole('link').count()).toBe(8);
  });

  it('can be read without scripts', async () => {
    const page = await open('#cell=5/relay/null', { javaScriptEnabled: false });
    expect(await page.locator('a.cell').count()).toBe(data.cells.length);
    expect(await page.locator('main').innerText()).toContain(
      'With an encrypting suite, step 3 passes on types 1-9',
    );
    expect(await page.getByRole('search').count()).toBe(0);
    // The address of a cell leads to its place in the matrix.
    expect(await page.locator(':target').getAttribute('data-cell')).toBe('5/relay/null');
  });
});

describe('a filter', () => {
  it('leaves out cells, and is still there after a reload', async () => {
    const page = await open();
    await button(page, 'scenario', 'call').click();
    await button(page, 'suite', 'null').click();
    const wanted = sorted(idsWhere(({ scenario, suite }) => scenario === 'call' && suite === 'null'));
    expect(sorted(await cellIds(page))).toEqual(wanted);
    expect(await page.getByRole('search').getByRole('status').innerText()).toBe(
      `${wanted.length} of ${data.cells.length} cells`,
    );
    expect(fragmentOf(page)).toBe('#scenario=call&suite=null');
    await page.reload();
    await page.getByRole('search').waitFor();
    expect(sorted(await cellIds(page))).toEqual(wanted);
    expect(await button(page, 'scenario', 'call').getAttribute('aria-pressed')).toBe('true');
  });

  it('is taken back by back and made again by forward', async () => {
    const page = await open();
    await button(page, 'step', 'none').click();
    const found = await cellIds(page);
    expect(sorted(found)).toEqual(
      sorted(
        idsWhere(
          ({ traversedAt, outcome }) =>
            traversedAt === null && ['expected', 'unexpected', 'flaky'].includes(outcome),
        ),
      ),
    );
    await page.goBack();
    await page.waitForFunction(
      (all) => document.querySelectorAll('a.cell').length === all,
      data.cells.length,
    );
    await page.goForward();
    await page.waitForFunction((some) => document.querySelectorAll('a.cell').length === some, found.length);
  });

  it('finds words, in the address letter by letter without a step back for each', async () => {
    const page = await open();
    const before = await page.evaluate(() => history.length);
    await page.getByRole('searchbox').pressSequentially('not-http');
    const wanted = sorted(
      idsWhere(({ brief, attempts }) =>
        [brief, ...attempts.map(({ reason }) => reason)].join().includes('not-http'),
      ),
    );
    expect(sorted(await cellIds(page))).toEqual(wanted);
    expect(fragmentOf(page)).toBe('#text=not-http');
    expect(await page.evaluate(() => history.length)).toBe(before);
  });

  it('says so where no cell is left, and shows all again', async () => {
    const page = await open('#text=nowhere');
    await page.getByText('No cell is so.').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    expect(await page.locator('a.cell').count()).toBe(data.cells.length);
    expect(fragmentOf(page)).toBe('');
  });
});

describe('a cell', () => {
  it('opens by a click, and back leads to where one was', async () => {
    const page = await open('#suite=null');
    const link = page.locator('[data-cell="closed/relay/null"]');
    await link.click();
    await headingOfCell(page, 'closed/relay/null').waitFor();
    expect(fragmentOf(page)).toBe('#suite=null&cell=closed/relay/null');
    expect(await page.locator('main').innerText()).toContain('dropped at fw-closed by everything');
    await page.goBack();
    await link.waitFor();
    expect(await link.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.goForward();
    await headingOfCell(page, 'closed/relay/null').waitFor();
  });

  it('opens and closes by the keyboard alone', async () => {
    const page = await open();
    await page.locator('a.cell[data-cell="0/register/aes"]').focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'End', 'Home', 'ArrowRight', 'ArrowUp'])
      await page.keyboard.press(key);
    expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset.cell)).toBe(
      '1/register/null',
    );
    // An empty place is passed over, and nothing is beyond the edge.
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset.cell)).toBe(
      '1/call/null',
    );
    await page.keyboard.press('Enter');
    await headingOfCell(page, '1/call/null').waitFor();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H2');
    await page.keyboard.press('Escape');
    await page.locator('[data-cell="1/call/null"]').waitFor();
    expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset.cell)).toBe(
      '1/call/null',
    );
    // The matrix is one stop of the Tab key, which is where one was.
    expect(
      await page.locator('a.cell:not([tabindex="-1"])').evaluateAll((links) => links.map(({ id }) => id)),
    ).toEqual(['cell=1/call/null']);
  });

  it('has an address of its own, and its neighbours beside it', async () => {
    const page = await open('#scenario=relay&cell=6/relay/aes');
    await headingOfCell(page, '6/relay/aes').waitFor();
    expect(await page.title()).toBe(`6/relay/aes, ${data.run.id}: ${data.run.summary}`);
    // Nothing of the page without scripts is left beside it.
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(0);
    await page.getByRole('link', { name: '6/relay/null ›' }).click();
    await headingOfCell(page, '6/relay/null').waitFor();
    expect(fragmentOf(page)).toBe('#scenario=relay&cell=6/relay/null');
  });

  it('of another run is not there, and the page says so', async () => {
    const page = await open('#cell=12/register/aes');
    await page.getByText('This run has no cell of that name.').waitFor();
    await page.getByRole('link', { name: '← Matrix' }).click();
    expect(await page.locator('a.cell').count()).toBe(data.cells.length);
  });

  it('is reached from the claim that rests on it', async () => {
    const page = await open('#claims');
    await page.getByText('2 cells that it rests on').click();
    await page.locator('#claims').getByRole('link', { name: '8/register/aes' }).last().click();
    await headingOfCell(page, '8/register/aes').waitFor();
  });
});

it('scrolls to the section of the address and unfolds it, with scripts as without', async () => {
  const page = await open('#firewall:9');
  await page.getByText('chain deny-readable-sip').waitFor();
});

it('keeps the colours that were chosen', async () => {
  const page = await open('', { colorScheme: 'light' });
  const paper = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await paper();
  await page.getByRole('button', { name: 'Colours: auto' }).click();
  expect(await paper()).toBe(light);
  await page.getByRole('button', { name: 'Colours: light' }).click();
  const dark = await paper();
  expect(dark).not.toBe(light);
  await page.reload();
  await page.getByRole('button', { name: 'Colours: dark' }).waitFor();
  expect(await paper()).toBe(dark);
});

it.each(['light', 'dark'] as const)(
  'bars nobody, by the rules of axe, in %s colours',
  async (colorScheme) => {
    for (const fragment of ['', '#cell=9/register/null', '#cell=8/call/aes']) {
      const page = await open(fragment, { colorScheme });
      await page.locator('.filter-fold, .cell-page').waitFor();
      await page.evaluate(axeSource);
      const { violations } = await page.evaluate<AxeResults>('axe.run()');
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    }
  },
);

it.each(['', '#cell=8/call/aes'])('is no wider than a phone: %s', async (fragment) => {
  const page = await open(fragment, { viewport: { width: 360, height: 740 } });
  await page.locator('.filter-fold, .cell-page').waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
});

it('still has its tables in a browser that cannot unpack the rest', async () => {
  const page = await open('', {}, () => {
    delete (globalThis as { DecompressionStream?: unknown }).DecompressionStream;
  });
  expect(await page.getByRole('alert').innerText()).toMatch(
    /^This browser cannot unpack the details of the cells/,
  );
  expect(await page.locator('a.cell').count()).toBe(data.cells.length);
});

it('still has its tables where the rest is damaged', async () => {
  const damaged = browser.write(
    renderPage(data).replace(/(type="text\/plain">.{999})./, '$1'),
    'damaged.html',
  );
  const one = await browser.open(damaged);
  opened.push(one);
  expect(await one.page.getByRole('alert').innerText()).toMatch(/^The data of this page are damaged/);
  expect(await one.page.locator('a.cell').count()).toBe(data.cells.length);
});
