import { dirname } from 'node:path';
import type { Command } from 'commander';
import { Option } from 'commander';
import { compareRuns, isWorse } from '../compare/compare';
import { comparisonFormats, type ComparisonFormat } from '../compare/formats';
import { pageComparisonOf } from '../compare/page';
import type { RunResult } from '../judge/result';
import { terminalOf } from '../report';
import { writeWhole } from '../report/files';
import { toHtml } from '../report/html';
import { exitCodes } from './exit-code';
import { runArgument, withRun } from './run-argument';

interface CompareFlags {
  readonly reporter: ComparisonFormat;
  readonly html?: string;
}

/** Adds `nimsfw compare`, which says what changed from one run to another. */
export function addCompareCommand(program: Command): void {
  program
    .command('compare')
    .description('say what changed from one run to another; exits 1 if anything became worse')
    .argument('<baseline>', `the run to compare with: ${runArgument}`)
    .argument('<run>', 'the run that is compared with it')
    .addOption(
      new Option('--reporter <name>', 'the form of the comparison')
        .choices(Object.keys(comparisonFormats))
        .default('table'),
    )
    .option('--html <file>', 'write the page of the second run with what changed in it')
    .action(async (baseline: string, run: string, { reporter, html }: CompareFlags) => {
      const comparison = compareRuns(await resultOf(baseline), await resultOf(run));
      if (html !== undefined)
        await withRun(run, async ({ result, folder }) =>
          writeWhole(
            html,
            await toHtml(result, { out: dirname(html), folder }, pageComparisonOf(comparison)),
          ),
        );
      const { colours } = terminalOf(process.stdout);
      process.stdout.write(comparisonFormats[reporter](comparison, colours));
      process.exitCode = isWorse(comparison) ? exitCodes.unexpected : exitCodes.expected;
    });
}

/** Reads the result of a run. */
export const resultOf = (path: string): Promise<RunResult> =>
  withRun(path, ({ result }) => result, { withoutCaptures: true });
