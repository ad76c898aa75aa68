import type { Command } from 'commander';
import { choose } from '../plan/choice';
import { createReporters, writeResultFiles } from '../report';
import { runFolderName } from '../run/measure';
import { mergeResults } from '../run/merge';
import { readStoredResult } from '../run/stored-result';
import { takeFolder } from '../run/run-folder';
import { exitCodeOf } from './exit-code';
import { readFolder } from './out-option';
import { readNames, reporterOption } from './reporter-option';

interface MergeFlags {
  readonly firewall?: string;
  readonly out?: string;
  readonly reporter: string;
}

/** Adds `nimsfw merge`, which joins the results of several jobs. */
export function addMergeCommand(program: Command): void {
  program
    .command('merge')
    .description('join runs that each measured a part into one result, and say what is missing')
    .argument('<folders...>', 'what nimsfw run --out wrote')
    .option('--firewall <ids>', 'which ones the whole has, for example 0-9; all of the catalogue by default')
    .option(
      '--out <folder>',
      'a new or empty folder, where result.json, junit.xml and table.md go; runs/<time> by default',
      readFolder,
    )
    .addOption(reporterOption())
    .action(async (folders: string[], flags: MergeFlags) => {
      process.exitCode = await merge(folders, flags);
    });
}

async function merge(folders: readonly string[], flags: MergeFlags): Promise<number> {
  const out = flags.out ?? runFolderName();
  const reporters = await createReporters(readNames(flags.reporter), { out, stream: process.stdout });
  const shards = folders.map((name) => ({ name, result: readStoredResult(name) }));
  const known = shards[0]!.result.run.plan.catalogue.firewalls;
  const wanted =
    flags.firewall === undefined
      ? known
      : choose({ what: 'firewall', code: 'UNKNOWN_FIREWALL', known }, flags.firewall);
  const result = mergeResults(shards, wanted);
  await takeFolder(out, 'table.md');
  // The files are written first, because a reporter that fails must not cost the result.
  writeResultFiles(result, out);
  await reporters.onEnd(result);
  return exitCodeOf(result);
}
