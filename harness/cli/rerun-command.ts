import type { Command } from 'commander';
import { rejudge } from '../judge/rejudge';
import type { RunResult } from '../judge/result';
import { createReporters } from '../report';
import { planOfRun } from '../rerun/plan-of-run';
import { runFolderName } from '../run/measure';
import { Baseline } from './baseline';
import { addBoxOptions, boxesChosen, refuseImageVariables } from './box-options';
import { exitCodeOf } from './exit-code';
import { interruption } from './interruption';
import { exitWith, measureAll, stoppedEarly } from './measuring';
import { readFolder } from './out-option';
import { readNames, reporterOption } from './reporter-option';
import { runArgument, withRun } from './run-argument';

interface RerunFlags {
  readonly backend?: string;
  readonly out?: string;
  readonly reporter: string;
}

/** Adds `nimsfw rerun`, which measures the plan of a stored run here. */
export function addRerunCommand(program: Command): void {
  const command = program
    .command('rerun')
    .description('measure the plan of a stored run here, and say what differs from it')
    .argument('<run>', runArgument)
    .argument(
      '[cell...]',
      'ids of cells such as 3/register/aes, their beginnings such as 3, or with * for anything; all by default',
    )
    .option('--backend <name>', 'what the lab runs on: netns or docker; as the run by default')
    .option(
      '--out <folder>',
      'a new or empty folder, where results, captures, logs and configurations go; runs/<time> by default',
      readFolder,
    )
    .addOption(reporterOption());
  addBoxOptions(command);
  command.action(
    async (path: string, cells: string[], flags: RerunFlags & Readonly<Record<string, unknown>>) => {
      // It is closed before anything is measured: the run that goes on attends to signals itself.
      const stored = await withRun(path, ({ result }) => result, { withoutCaptures: true });
      await exitWith((onLeft) => rerun(stored, cells, flags, onLeft));
    },
  );
}

async function rerun(
  stored: RunResult,
  cells: readonly string[],
  flags: RerunFlags & Readonly<Record<string, unknown>>,
  onLeft: () => void,
): Promise<number> {
  refuseImageVariables(process.env);
  const backend = flags.backend ?? stored.run.backend;
  const boxes = boxesChosen(flags, { backend, folder: process.cwd() });
  const { options, variants } = planOfRun(stored, { cells, boxes, backend });
  const out = flags.out ?? runFolderName();
  const names = readNames(flags.reporter);
  const reporters = [
    new Baseline((measured) => partOf(stored, measured)).reporter(names),
    await createReporters(names, { out, stream: process.stdout }),
  ];
  const interrupted = interruption();
  const about = { out, reporters, command: process.argv.slice(2), signal: interrupted, onLeft };
  const result = await measureAll(variants, { ...options, ...about }, stored.run.plan.variants === undefined);
  if (interrupted.aborted) throw stoppedEarly(out);
  return exitCodeOf(result);
}

/** Returns the stored run, judged again, with those cells only that were measured again. */
function partOf(stored: RunResult, measured: RunResult): RunResult {
  const again = new Set(measured.cells.map(({ id }) => id));
  return rejudge({ ...stored, cells: stored.cells.filter(({ id }) => again.has(id)) });
}
