import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { check, isFailure, type Finding } from '../conformance/check';
import { readRun } from '../conformance/read-run';
import { formatReport, reportToJson } from '../conformance/report';
import { topics } from '../conformance/rules';
import { espSaName } from '../evidence/capture-names';
import { exitCodes } from './exit-code';
import { runArgument, withRun } from './run-argument';

/** Adds `nimsfw conformance`, which holds every message of a run's captures against the standards. */
export function addConformanceCommand(program: Command): void {
  program
    .command('conformance')
    .description('hold every message in the captures of a run against the rules of the standards')
    .argument('<run>', runArgument)
    .option('--json', 'as JSON')
    .action(async (folder: string, flags: { json?: boolean }) => {
      const seen = await withRun(folder, readRun);
      const checked = topics.map((topic) => ({
        topic,
        findings: topic.rules.map((rule) => check(rule, seen)),
      }));
      const report = { folder, hasEsp: existsSync(join(folder, espSaName)), topics: checked };
      process.stdout.write(flags.json ? reportToJson(report) : formatReport(report));
      process.exitCode = exitCodeOf(checked.flatMap(({ findings }) => findings));
    });
}

/** 1 if a MUST or SHALL is broken, 2 if nothing in the run was about any rule. */
function exitCodeOf(findings: readonly Finding[]): number {
  if (findings.some(isFailure)) return exitCodes.unexpected;
  const isAnythingJudged = findings.some(({ held, breaks }) => held + breaks.length > 0);
  return isAnythingJudged ? exitCodes.expected : exitCodes.undecided;
}
