import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LabError } from '../lab/lab-error';
import type { Reporter, ReporterContext } from './reporter';
import { oneLine } from './words';

/** What a file that is named with `--reporter` gives: a reporter, or what makes one. */
export type ReporterModule = Reporter | ((context: ReporterContext) => Reporter);

/** Whether what `--reporter` names is a file: it has a slash, or ends as JavaScript does. */
export const isPath = (name: string): boolean => name.includes('/') || /\.[cm]?js$/.test(name);

/**
 * Loads a reporter from a file: its default export, or its export `reporter`.
 *
 * @param path from the working directory
 * @throws LabError `REPORTER_NOT_FOUND`, `REPORTER_BROKEN` where the file throws, `NOT_A_REPORTER`
 */
export async function loadReporter(path: string, context: ReporterContext): Promise<Reporter> {
  const made = exported(await load(path));
  const reporter = typeof made === 'function' ? await calling(path, () => made(context)) : made;
  if (!isReporter(reporter))
    throw new LabError(
      'NOT_A_REPORTER',
      `${path} exports no reporter; its default export must be an object with onEvent or onEnd, or a function that gives one (docs/extending.md)`,
    );
  return reporter;
}

async function load(path: string): Promise<unknown> {
  const url = pathToFileURL(resolve(path)).href;
  try {
    return await import(url);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Of something that it imports, the file itself is at fault.
    if (code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${resolve(path)}'`)) throw notFound(path);
    throw broken(path, error);
  }
}

/** CommonJS that was compiled from a module has its default export in that of the module that Node makes of it. */
function exported(module: unknown): ((context: ReporterContext) => unknown) | undefined {
  const { default: whole, reporter } = module as { default?: unknown; reporter?: unknown };
  const inner = typeof whole === 'object' && whole !== null ? (whole as typeof module & object) : {};
  const { default: compiled, reporter: named } = inner as { default?: unknown; reporter?: unknown };
  return (reporter ?? named ?? compiled ?? whole) as ReturnType<typeof exported>;
}

async function calling(path: string, make: () => unknown): Promise<unknown> {
  try {
    return await make();
  } catch (error) {
    throw broken(path, error);
  }
}

const isReporter = (value: unknown): value is Reporter =>
  typeof value === 'object' &&
  value !== null &&
  ['onEvent', 'onEnd'].some((method) => typeof (value as Record<string, unknown>)[method] === 'function');

const notFound = (path: string): LabError =>
  new LabError('REPORTER_NOT_FOUND', `there is no file ${path}; name a reporter of yours as ./name.js`);

const broken = (path: string, error: unknown): LabError =>
  new LabError(
    'REPORTER_BROKEN',
    `${path} cannot be loaded as a reporter (${oneLine(error instanceof Error ? error.message : String(error))}); mend it, or leave it out`,
  );
