import { closest } from 'fastest-levenshtein';
import type { Writable } from 'node:stream';
import { failureLine, LabError } from '../lab/lab-error';
import type { RunResult } from '../judge/result';
import { githubReporter } from './github';
import { toJson } from './json';
import { toJUnit } from './junit';
import { LineReporter } from './line';
import { toMarkdown } from './markdown';
import { multiplex } from './multiplexer';
import { outputTo, type Output } from './output';
import type { Reporter } from './reporter';

export { writeResultFiles } from './files';
export { toJson } from './json';
export { toJUnit } from './junit';
export { toMarkdown } from './markdown';
export { toTerminal } from './terminal';

export const reporterNames = ['line', 'markdown', 'json', 'junit', 'github'] as const;
export type ReporterName = (typeof reporterNames)[number];

/** Reports that are one document. They need standard output for themselves; the first of these that is asked for gets it. */
const documents = { json: toJson, junit: toJUnit, markdown: toMarkdown } satisfies Partial<
  Record<ReporterName, (result: RunResult) => string>
>;
const documentFiles = { json: 'result.json', junit: 'junit.xml', markdown: 'table.md' } as const;

/** A stream that may be a terminal. */
export type ReportStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

export interface ReporterOptions {
  /** Folder of the run's files, told to the reader. */
  readonly out: string;
  /** Standard output. */
  readonly stream: ReportStream;
  /** Where everything else goes when standard output belongs to a document; standard error by default. */
  readonly errors?: ReportStream;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * The reporters of these names, as one.
 *
 * `json`, `junit` and `markdown` print one document to standard output and nothing else may go there: with several of
 * them the first in this order is printed and the others are named with their files; `line` and `github` then use
 * `errors`.
 *
 * @throws {LabError} `UNKNOWN_REPORTER`
 */
export function createReporters(names: readonly string[], options: ReporterOptions): Required<Reporter> {
  const wanted = new Set(names.map(checkedName));
  const { out, stream, errors = process.stderr, env = process.env } = options;
  const errorOutput = outputTo(errors);
  const [printed, ...others] = (Object.keys(documents) as (keyof typeof documents)[]).filter((name) =>
    wanted.has(name),
  );
  const talk = printed ? errors : stream;
  const reporters: Reporter[] = [];
  const terminal = wanted.has('line') && talk.isTTY === true && env['TERM'] !== 'dumb';
  if (!terminal)
    reporters.push({
      onWarning: (warning) => void errorOutput.write(`${failureLine(warning)}\n`).catch(() => undefined),
    });
  if (wanted.has('line')) {
    const colours = wantsColours(terminal, env);
    reporters.push(new LineReporter(outputTo(talk), { terminal, colours, out, columns: () => talk.columns }));
  }
  if (wanted.has('github')) reporters.push(githubReporter(outputTo(talk), env['GITHUB_STEP_SUMMARY']));
  if (printed) reporters.push(documentReporter(documents[printed], outputTo(stream)));
  if (others.length > 0) {
    const files = others.map((name) => `${out}/${documentFiles[name]}`).join(', ');
    reporters.push({ onEnd: () => errorOutput.write(`standard output has the ${printed}; see ${files}\n`) });
  }
  return multiplex(reporters, (why) => {
    const error = new LabError('REPORT_FAILED', `a report broke off (${why}); the files in ${out} have it`);
    void errorOutput.write(`${failureLine(error)}\n`).catch(() => undefined);
  });
}

function documentReporter(format: (result: RunResult) => string, output: Output): Reporter {
  return { onEnd: (result) => output.write(format(result)) };
}

function checkedName(name: string): ReporterName {
  const known = reporterNames.find((reporter) => reporter === name);
  if (known) return known;
  throw new LabError(
    'UNKNOWN_REPORTER',
    `there is no reporter "${name}"; did you mean "${closest(name, [...reporterNames])}"? There are ${reporterNames.join(', ')}.`,
  );
}

/** https://no-color.org: any value but the empty one switches colours off. */
function wantsColours(terminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if (env['NO_COLOR']) return false;
  return terminal || (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0');
}
