import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

/** Where Debian's package has it. */
const program = '/usr/bin/chromium-headless-shell';
const picture = resolve(__dirname, '../../docs/report.png');

/** Takes the picture of a page that the README shows: `npm run screenshot -- DIR` with the folder of a run. */
async function main([folder]: readonly string[]): Promise<void> {
  const page = folder === undefined ? undefined : resolve(join(folder, 'report.html'));
  if (page === undefined || !existsSync(page))
    throw new Error(
      'usage: npm run screenshot -- DIR, where DIR is the folder of a run with its report.html',
    );
  if (!existsSync(program))
    throw new Error(`there is no ${program}; node bin/setup.mjs --for-tests installs it`);
  const browser = await chromium.launch({ executablePath: program });
  try {
    const tab = await browser.newPage({ viewport: { width: 1400, height: 1230 } });
    await tab.goto(pathToFileURL(page).href);
    // The page has its filter once its script has run.
    await tab.getByRole('search').waitFor();
    await tab.screenshot({ path: picture });
  } finally {
    await browser.close();
  }
  console.log(picture);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 3;
});
