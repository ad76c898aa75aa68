import fc from 'fast-check';
import type { PageData } from '../data';
import { TestBrowser } from '../testing/browser';
import { pageFixture } from '../testing/page-fixture';
import { visibleText } from '../visible-text';
import { renderPage } from './render-page';

/** Texts that end elements, attributes, comments or scripts, begin others, or hide what is beside them. */
const nasty = [
  '</script><script>hacked=1</script>',
  '</style><style>*{display:none}</style>',
  '<img src=x onerror=hacked=1>',
  '"><svg onload=hacked=1>',
  `' onfocus='hacked=1' autofocus x='`,
  'javascript:hacked=1',
  '<!--',
  ']]>',
  '&lt;b&gt;&amp;&#0;&nbsp',
  '\u202egnp.exe\u2066',
  '\0\x1b[31m\x07\r\n',
  '\ud800',
  '../../etc/passwd#cell=&cell=x,y%',
  'W'.repeat(400),
] as const;

const hostile = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...nasty) }, fc.string({ unit: 'binary' })), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join(''));

/** Fields whose values the page itself gives a meaning. */
const enumerated = new Set(['outcome', 'verdict', 'expected', 'kind', 'protocol', 'unit']);

/** Puts a text before every text of a value, so that what is the same stays the same. */
function prefixed<T>(value: T, prefix: string, key = ''): T {
  if (typeof value === 'string') return (enumerated.has(key) ? value : `${prefix}${value}`) as T;
  if (Array.isArray(value)) return value.map((one) => prefixed(one as unknown, prefix, key)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, held]) => [name, prefixed(held as unknown, prefix, name)]),
  ) as T;
}

/** Returns all texts of a value, without those that the page gives a meaning. */
function textsIn(value: unknown, key = ''): string[] {
  if (typeof value === 'string') return enumerated.has(key) ? [] : [value];
  if (Array.isArray(value)) return value.flatMap((one) => textsIn(one, key));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, held]) => textsIn(held, name));
}

/** A page of two cells, with everything that a page can have. */
function smallPage(): PageData {
  const data = pageFixture();
  const cells = data.cells.filter(({ id }) => id === '5/relay/null' || id === '9/register/aes');
  const firewalls = data.firewalls.filter(({ id }) => id === '5' || id === '9');
  return { ...data, cells, firewalls };
}

let browser: TestBrowser;
beforeAll(async () => {
  browser = await TestBrowser.start();
});
afterAll(() => browser.stop());

/** What of a page should not be there. */
const intruders = (): string[] => [
  ...[...document.querySelectorAll('img, iframe, object, embed, base, form, video, link, foreignObject')].map(
    ({ outerHTML }) => outerHTML,
  ),
  ...[...document.querySelectorAll('*')].flatMap(({ attributes }) =>
    [...attributes].map(({ name }) => name).filter((name) => name === 'style' || name.startsWith('on')),
  ),
  ...[...document.querySelectorAll('a[href]')]
    .map((link) => link.getAttribute('href')!)
    .filter((href) => !/^(?:#|\.\/|captures\/)/.test(href)),
  ...('hacked' in globalThis ? ['a script'] : []),
];

/** What a reader can read, also in what is folded. */
const read = (): string =>
  [...document.body.childNodes]
    .map((node) => (node.nodeName === 'SCRIPT' ? '' : node.textContent))
    .join('\n');

const lacking = (texts: readonly string[], shown: string): string[] => {
  const plain = (text: string): string => visibleText(text).replace(/\s+/g, ' ').trim();
  const page = plain(shown);
  return texts.map(plain).filter((text) => !page.includes(text));
};

it('shows whatever a text of the data is made of as that text, and nothing of it leaves its element', async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (prefix) => {
      const data = prefixed(smallPage(), prefix);
      const address = browser.write(renderPage(data));
      const { run, variants: _variants, cells, measurements, scenarios: _scenarios, ...rest } = data;
      const always = [
        ...[run.id, run.command, run.summary],
        ...textsIn({ ...rest, comparison: data.comparison }),
        ...textsIn(measurements),
        ...cells.flatMap(({ brief, known }) => [brief, known ?? '']),
      ];
      for (const javaScriptEnabled of [false, true]) {
        const { page, complaints, requests, close } = await browser.open(address, { javaScriptEnabled });
        if (javaScriptEnabled) await page.getByRole('search').waitFor({ state: 'attached' });
        expect(await page.evaluate(intruders)).toEqual([]);
        expect(await page.locator('script, style').count()).toBe(3);
        expect(lacking(always, await page.evaluate(read))).toEqual([]);
        expect(
          await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
        ).toBeLessThanOrEqual(0);
        if (javaScriptEnabled) {
          const cell = cells[0]!;
          await page.locator('a.cell').first().press('Enter');
          await page.locator('.cell-page').waitFor();
          // Its address is its own, whatever it is called.
          await page.reload();
          await page.getByRole('button', { name: 'Unfold all' }).click();
          expect(await page.evaluate(intruders)).toEqual([]);
          const { id, explanation, known, command, attempts } = cell;
          const told = attempts.flatMap(({ rung, explanation: why, reason, evidence, tls, denied }) => [
            ...[rung, why, reason, ...evidence],
            ...tls.flatMap(({ connection, version, suite }) => [connection, version ?? '', suite ?? '']),
            ...denied.flatMap(({ packet, rule, decoded }) => [packet, rule, ...decoded]),
          ]);
          expect(
            lacking([id, explanation, known ?? '', command, ...told], await page.evaluate(read)),
          ).toEqual([]);
          expect(
            await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
          ).toBeLessThanOrEqual(0);
        }
        expect(complaints).toEqual([]);
        expect(requests).toEqual([]);
        await close();
      }
    }),
    { numRuns: 12, examples: [[nasty.join('')], [nasty.toReversed().join(' ')]] },
  );
});
