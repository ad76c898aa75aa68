import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

/** Debian's Chromium without windows. */
const program = 'chromium-headless-shell';

/** A page in a browser, with all that it should not have done. */
export interface OpenPage {
  readonly page: Page;
  /** What it wrote to the console, what it threw, and what it was not allowed to do. */
  readonly complaints: string[];
  /** The addresses that it asked for, apart from the page itself. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** Opens pages from disk, each with a profile of its own. */
export class TestBrowser {
  private constructor(
    private readonly browser: Browser,
    private readonly folder: string,
  ) {}

  static async start(): Promise<TestBrowser> {
    const args = ['--disable-gpu', '--disable-dev-shm-usage'];
    const browser = await chromium.launch({ executablePath: whereIs(program), args });
    return new TestBrowser(browser, mkdtempSync(join(tmpdir(), 'result-page-')));
  }

  /** Writes a page to disk. @returns its address */
  write(html: string, name = 'report.html'): string {
    const file = join(this.folder, name);
    writeFileSync(file, html);
    return pathToFileURL(file).href;
  }

  /**
   * Opens an address.
   * @param prepare runs in the page before its own scripts
   */
  async open(address: string, options: BrowserContextOptions = {}, prepare?: () => void): Promise<OpenPage> {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const page = await context.newPage();
    if (prepare) await page.addInitScript(prepare);
    const complaints: string[] = [];
    const requests: string[] = [];
    // Also what the Content-Security-Policy has refused is written to the console.
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(`thrown: ${error.message}`));
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!request.isNavigationRequest()) requests.push(request.url());
    });
    await page.goto(address);
    return { page, complaints, requests, close: () => context.close() };
  }

  async stop(): Promise<void> {
    await this.browser.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function whereIs(name: string): string {
  const found = (process.env.PATH ?? '')
    .split(':')
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  if (found === undefined) throw new Error(`there is no ${name}; install it, as npm test does`);
  return found;
}
