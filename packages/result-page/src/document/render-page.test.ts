import { largePageFixture, pageFixture } from '../testing/page-fixture';
import { unpack } from '../packed/unpack';
import { withVisibleTexts } from '../visible-text';
import { renderPage } from './render-page';

const data = pageFixture();
const page = renderPage(data);

it('can be read without scripts: each cell with its step, its outcome and its reason', () => {
  const link = /<a id="cell=5\/relay\/null".*?<\/a>/.exec(page)![0];
  const words = link.replace(/<[^>]*>/g, '');
  expect(words).toBe('3, not as expected. 2: sip-ports known');
});

it('has the data in it, packed', async () => {
  const packed = /<script id="data" type="text\/plain">([A-Za-z0-9+/=]*)<\/script>/.exec(page)![1]!;
  expect(await unpack(packed)).toEqual(JSON.parse(JSON.stringify(withVisibleTexts(data))));
});

it('allows its own script and style sheet and nothing else, no style attributes either', () => {
  const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)!;
  expect(policy!.replace(/sha256-[A-Za-z0-9+/=]{44}/g, 'HASH')).toBe(
    "default-src 'none'; script-src 'HASH'; style-src 'HASH'; base-uri 'none'; form-action 'none'",
  );
  expect(page).not.toMatch(/<[^>]* (?:style|on\w+)=/);
});

it('asks its own server, and only it, where it is live', () => {
  expect(renderPage(pageFixture({ isLive: true }), { live: true })).toContain("connect-src 'self';");
});

it('weighs less than 1 MiB with 500 cells', () => {
  const large = largePageFixture();
  expect(large.cells).toHaveLength(500);
  expect(renderPage(large).length).toBeLessThan(2 ** 20);
});
