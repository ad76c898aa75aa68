import { spawn } from 'node:child_process';

/** The programs that open an address, by platform; BROWSER comes before them. */
const openers: Readonly<Partial<Record<NodeJS.Platform, string>>> = { linux: 'xdg-open', darwin: 'open' };

/**
 * Opens an address in the user's browser.
 * @param environment of the caller; BROWSER in it names a program
 * @returns why it could not; undefined if the program has been started
 */
export async function openBrowser(
  url: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const program = environment['BROWSER'] || openers[process.platform];
  if (program === undefined) return `nothing is known to open an address on ${process.platform}`;
  return new Promise((resolve) => {
    const child = spawn(program, [url], { stdio: 'ignore', detached: true });
    child.once('error', (error: NodeJS.ErrnoException) =>
      resolve(`${program} cannot be started (${error.code ?? error.message})`),
    );
    // A browser may stay as long as its window; one that refuses at once says so by its exit status.
    child.once('exit', (code) =>
      resolve(code === 0 ? undefined : `${program} ended with ${code ?? 'a signal'}`),
    );
    child.once('spawn', () => {
      child.unref();
      setTimeout(() => resolve(undefined), startedMs).unref();
    });
  });
}

/** Milliseconds after which a program that still runs counts as started. */
const startedMs = 1000;
