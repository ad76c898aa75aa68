import { insteadOf } from '../../kit/near-match';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { LabError, noticeLine } from '../lab/lab-error';
import { writeWhole } from './files';
import { isPath, loadReporter } from './load-reporter';
import { multiplex, type ReporterOfAll } from './multiplexer';
import { noticeOf } from './notice';
import { outputTo } from './output';
import type { Reporter, ReporterContext, ReporterKind } from './reporter';
import { documentKinds, reporterKinds, reporterNames } from './reporters';

export { toCsv } from './csv';
export { writeResultFiles } from './files';
export { toJson } from './json';
export { toJUnit } from './junit';
export { toLatex } from './latex';
export { toMarkdown } from './markdown';
export { reporterNames } from './reporters';
export { toTerminal } from './terminal';

/** A stream that may be a terminal. */
export type ReportStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

export interface ReporterOptions {
  /** The folder that documents are written to, which reports name. */
  readonly out: string;
  /** The folder of the run's files; `out` by default. */
  readonly folder?: string | undefined;
  /** Standard output. */
  readonly stream: ReportStream;
  /** The stream for everything else when standard output belongs to a document; standard error by default. */
  readonly errors?: ReportStream;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Makes one reporter of those with these names or in these files.
 *
 * Some reporters each print one document, and nothing else may go to standard output then. If several of them are asked
 * for, the first in the order of {@link documentKinds} is printed and the others are named with their files, which are
 * all written then. All other reporters print to `errors`.
 *
 * @throws {LabError} `UNKNOWN_REPORTER`, and the errors of `loadReporter`
 */
export async function createReporters(
  names: readonly string[],
  options: ReporterOptions,
): Promise<ReporterOfAll> {
  const wanted = [...new Set(names)];
  const kinds = wanted.filter((name) => !isPath(name)).map(kindCalled);
  const { out, folder = out, stream, errors = process.stderr, env = process.env } = options;
  const errorOutput = outputTo(errors);
  const documents = documentKinds.filter((kind) => kinds.includes(kind));
  const [printed, ...others] = documents;
  const talk = printed ? errors : stream;
  const { terminal, colours } = terminalOf(talk, env);
  const context: ReporterContext = {
    ...outputTo(talk),
    out,
    terminal,
    colours,
    columns: () => talk.columns,
    env,
  };
  const reporters: Reporter[] = [];
  if (!terminal || !kinds.some((kind) => 'open' in kind && kind.printsWarnings))
    reporters.push({
      onEvent: (event) => {
        const line = noticeOf(event);
        if (line !== undefined) void errorOutput.write(`${line}\n`).catch(() => undefined);
      },
    });
  for (const kind of kinds) if ('open' in kind) reporters.push(kind.open(context));
  for (const path of wanted.filter(isPath)) reporters.push(await loadReporter(path, context));
  const places = { out, folder };
  for (const { written, file, format } of documents)
    if (written === 'when asked')
      reporters.push({
        onEnd: async (result) => writeWhole(join(out, file), await format(result, places)),
      });
  for (const kind of kinds)
    if ('files' in kind)
      reporters.push({
        onEnd: async (result) => {
          const files = await kind.files(result, places);
          for (const { path, text } of files) writeWhole(join(out, path), text);
          const names =
            files.map(({ path }) => path).join(', ') || 'nothing, since the run has nothing of it';
          await errorOutput.write(`${kind.name} wrote into ${out}: ${names}\n`);
        },
      });
  if (printed)
    reporters.push({
      onEnd: async (result) => outputTo(stream).write(await printed.format(result, places)),
    });
  if (others.length > 0) {
    const files = others.map(({ file }) => `${out}/${file}`).join(', ');
    reporters.push({
      onEnd: () => errorOutput.write(`standard output has the ${printed!.name}; see ${files}\n`),
    });
  }
  return multiplex(reporters, (why) => {
    const line = noticeLine('REPORT_FAILED', `a report broke off (${why}); the files in ${out} have it`);
    void errorOutput.write(`${line}\n`).catch(() => undefined);
  });
}

function kindCalled(name: string): ReporterKind {
  const known = reporterKinds.find((kind) => kind.name === name);
  if (known) return known;
  throw new LabError(
    'UNKNOWN_REPORTER',
    `there is no reporter "${name}"; ${insteadOf(name, reporterNames)}, or the path of your own`,
  );
}

/**
 * Says whether a stream is a terminal that can move its cursor, and whether it shall have colours: any value of NO_COLOR but
 * the empty one switches them off (https://no-color.org).
 */
export function terminalOf(
  stream: Pick<ReportStream, 'isTTY'>,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Pick<ReporterContext, 'terminal' | 'colours'> {
  const terminal = stream.isTTY === true && env['TERM'] !== 'dumb';
  const isForced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0';
  return { terminal, colours: !env['NO_COLOR'] && (terminal || isForced) };
}
