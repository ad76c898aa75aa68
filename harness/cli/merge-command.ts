import type { Command } from 'commander';
import { choose } from '../plan/choice';
import { createReporters, writeResultFiles } from '../report';
import { runFolderName } from '../run/measure';
import { isEmptyShard } from '../run/empty-shard';
import { endedRuns, type StoredRuns } from '../run/ended-runs';
import { mergeResults, type Shard } from '../run/merge';
import { takeFolder } from '../run/run-folder';
import { LabError, noticeLine } from '../lab/lab-error';
import { withKnown } from '../judge/known';
import { exitCodeOf, exitCodes } from './exit-code';
import { knownOption, loadKnown } from './known-option';
import { readFolder } from './out-option';
import { readWhole } from './read-whole';
import { readNames, reporterOption } from './reporter-option';
import { runArgument, withRun } from './run-argument';

/** Seconds of the longest `--wait`: a week. */
const longestWait = 604_800;

interface MergeFlags {
  readonly firewall?: string;
  readonly wait?: number;
  readonly out?: string;
  readonly reporter: string;
  readonly known?: string;
}

/** Adds `nimsfw merge`, which joins the results of several jobs. */
export function addMergeCommand(program: Command): void {
  program
    .command('merge')
    .description('join runs that each measured a part into one result, and say what is missing')
    .argument('<runs...>', runArgument)
    .option('--firewall <ids>', 'which ones the whole has, for example 0-9; all of the catalogue by default')
    .option(
      '--wait <seconds>',
      'wait so long until the runs of all folders have ended, which need not have begun yet',
      readWhole(1, longestWait),
    )
    .option(
      '--out <folder>',
      'a new or empty folder, where result.json, junit.xml and table.md go; runs/<time> by default',
      readFolder,
    )
    .addOption(reporterOption())
    .addOption(knownOption())
    .action(async (folders: string[], flags: MergeFlags) => {
      process.exitCode = await merge(folders, flags);
    });
}

async function merge(folders: readonly string[], flags: MergeFlags): Promise<number> {
  const out = flags.out ?? runFolderName();
  const reporters = await createReporters(readNames(flags.reporter), { out, stream: process.stdout });
  const deviations = loadKnown(flags.known);
  const { runs, unended } =
    flags.wait === undefined ? await storedRuns(folders) : await endedRuns(folders, flags.wait * 1000);
  const late = `waited ${flags.wait} s in vain for the end of ${unended.join(', ')}`;
  if (runs.length === 0) throw nothingToMerge(folders, unended, late);
  const known = runs[0]!.result.run.plan.catalogue.firewalls;
  const wanted =
    flags.firewall === undefined
      ? known
      : choose({ what: 'firewall', code: 'UNKNOWN_FIREWALL', known }, flags.firewall);
  const result = withKnown(mergeResults(runs, wanted), deviations);
  await takeFolder(out, 'table.md');
  // The files are written first, because a reporter that fails must not cost the result.
  await writeResultFiles(result, { out, folder: undefined });
  await reporters.onEnd(result);
  const exitCode = exitCodeOf(result);
  if (unended.length === 0) return exitCode;
  console.error(noticeLine('RUN_NOT_ENDED', `${late}; merged what there was: look why, and merge again`));
  return exitCode === exitCodes.expected ? exitCodes.undecided : exitCode;
}

/** Reads the runs that have ended, or were killed. A shard that has nothing to measure has no run. */
async function storedRuns(names: readonly string[]): Promise<StoredRuns> {
  const runs: Shard[] = [];
  for (const name of names)
    if (!isEmptyShard(name))
      runs.push(await withRun(name, ({ result }) => ({ name, result }), { withoutCaptures: true }));
  return { runs, unended: [] };
}

const nothingToMerge = (folders: readonly string[], unended: readonly string[], late: string): LabError =>
  unended.length > 0
    ? new LabError('RUN_NOT_ENDED', `${late}, and there is nothing to merge; look why, and merge again`)
    : new LabError(
        'SHARD_EMPTY',
        `there is nothing to merge: ${folders.join(', ')} had nothing to measure; name the folders of the other shards`,
      );
