import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installation } from '../../nodes/installation';
import { LabError } from '../lab/lab-error';
import type { Reporter, ReporterContext } from './reporter';
import { oneLine } from './words';

type MakeReporter = (context: ReporterContext) => unknown;

/** Says whether the argument of `--reporter` is a file: it has a slash, or ends as JavaScript does. */
export const isPath = (name: string): boolean => name.includes('/') || /\.[cm]?js$/.test(name);

/**
 * Loads a reporter from a file: its default export, or its export `reporter`.
 *
 * @param path relative to the working directory
 * @throws LabError `REPORTER_NOT_FOUND`, `REPORTER_BROKEN` when the file throws, `NOT_A_REPORTER`
 */
export async function loadReporter(path: string, context: ReporterContext): Promise<Reporter> {
  const found = exported(await load(path));
  const reporter = typeof found === 'function' ? await made(path, found as MakeReporter, context) : found;
  if (!isReporter(reporter))
    throw new LabError(
      'NOT_A_REPORTER',
      `${path} exports no reporter; its default export must be an object with onEvent or onEnd, or a function that gives one (docs/extending.md)`,
    );
  return reporter;
}

async function load(path: string): Promise<Exports> {
  const url = pathToFileURL(resolve(path)).href;
  try {
    return await importFile(url);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // If another module is missing, the file that imports it is broken.
    if (code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${resolve(path)}'`)) throw notFound(path);
    throw broken(path, error);
  }
}

/** `bin/import-file.cjs` explains why the import is not done here. */
const { importFile } = createRequire(join(installation, 'package.json'))('./bin/import-file.cjs') as {
  readonly importFile: (url: string) => Promise<Exports>;
};

interface Exports {
  readonly default?: unknown;
  readonly reporter?: unknown;
}

/**
 * Returns the default export, or the one named `reporter`. The default export of CommonJS is an object of all
 * its exports.
 */
function exported(module: Exports): unknown {
  const whole = module.default;
  const { default: compiled, reporter } =
    typeof whole === 'object' && whole !== null ? (whole as Exports) : {};
  return module.reporter ?? reporter ?? compiled ?? whole;
}

async function made(path: string, make: MakeReporter, context: ReporterContext): Promise<unknown> {
  try {
    return await make(context);
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
