import type { Command } from 'commander';
import { createReporters, writeResultFiles } from '../report';
import { readStoredRun } from '../run/stored-result';
import { exitCodeOf } from './exit-code';
import { readFolder } from './out-option';
import { readNames, reporterOption } from './reporter-option';

interface ReportFlags {
  readonly out?: string;
  readonly reporter: string;
}

/** Adds `nimsfw report`, which makes the result of a run from its journal, however the run ended. */
export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description('make result and tables from the journal of a run, also of one that was killed')
    .argument('<folder>', 'what nimsfw run --out wrote')
    .option(
      '--out <folder>',
      'where result.json, junit.xml and table.md go; the folder of the run by default',
      readFolder,
    )
    .addOption(reporterOption())
    .action(async (folder: string, flags: ReportFlags) => {
      process.exitCode = await report(folder, flags);
    });
}

async function report(folder: string, flags: ReportFlags): Promise<number> {
  const out = flags.out ?? folder;
  const reporters = await createReporters(readNames(flags.reporter), { out, stream: process.stdout });
  const { result, events, isTorn } = readStoredRun(folder);
  for (const event of events) reporters.onEvent(event);
  if (isTorn)
    reporters.onEvent({
      type: 'warning',
      at: events.at(-1)!.at,
      code: 'LAST_LINE_TORN',
      text: `the last line of the journal in ${folder} was written in part only, as by a run that was killed, and is left out; what was judged before is all there`,
    });
  // The files are written first, because a reporter that fails must not cost the result.
  writeResultFiles(result, out);
  await reporters.onEnd(result);
  return exitCodeOf(result);
}
