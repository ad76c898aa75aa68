import type { Command } from 'commander';
import { createReporters, writeResultFiles } from '../report';
import type { OpenRun } from '../bundle/open-run';
import { LabError } from '../lab/lab-error';
import { NetworkCaptureFiles } from '../run/network-capture-files';
import { withKnown } from '../judge/known';
import { exitCodeOf } from './exit-code';
import { knownOption, loadKnown } from './known-option';
import { readFolder } from './out-option';
import { readNames, reporterOption } from './reporter-option';
import { runArgument, withRun } from './run-argument';

interface ReportFlags {
  readonly out?: string;
  readonly reporter: string;
  readonly known?: string;
}

/** Adds `nimsfw report`, which makes the result of a run from its journal, however the run ended. */
export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description('make result and tables from the journal of a run, also of one that was killed')
    .argument('<run>', runArgument)
    .option(
      '--out <folder>',
      'where result.json, junit.xml and table.md go; by default the folder of the run, if it is one',
      readFolder,
    )
    .addOption(reporterOption())
    .addOption(knownOption())
    .action(async (path: string, flags: ReportFlags) => {
      process.exitCode = await withRun(path, (run) => report(run, flags));
    });
}

async function report(run: OpenRun, flags: ReportFlags): Promise<number> {
  const { path, events, isTorn } = run;
  const result = withKnown(run.result, loadKnown(flags.known));
  const out = flags.out ?? (path === run.folder ? path : undefined);
  if (out === undefined)
    throw new LabError(
      'USAGE',
      `${path} is one file, and its documents are several; name a folder for them with --out`,
    );
  const reporters = await createReporters(readNames(flags.reporter), {
    ...{ out, folder: run.folder },
    stream: process.stdout,
  });
  for (const event of events) reporters.onEvent(event);
  if (isTorn)
    reporters.onEvent({
      type: 'warning',
      at: events.at(-1)!.at,
      code: 'LAST_LINE_TORN',
      text: `the last line of the journal in ${path} was written in part only, as by a run that was killed, and is left out; what was judged before is all there`,
    });
  // A run that was killed has not made them; a folder that is only read stays as it is.
  if (out === run.folder)
    await new NetworkCaptureFiles(out, ({ code, message }) =>
      reporters.onEvent({ type: 'warning', at: Date.now(), code, text: message }),
    ).finish(result.run.firewalls);
  // The files are written first, because a reporter that fails must not cost the result.
  await writeResultFiles(result, { out, folder: run.folder });
  await reporters.onEnd(result);
  return exitCodeOf(result);
}
