import type { Command } from 'commander';
import { oneLine } from '../../kit/one-line';
import { recheck, type Recheck } from '../recheck/recheck';
import { exitCodes } from './exit-code';
import { runArgument, withRun } from './run-argument';

/** Adds `nimsfw judge`, which judges a stored run again from its evidence. */
export function addJudgeCommand(program: Command): void {
  program
    .command('judge')
    .description(
      'judge a stored run again from its evidence, and look up in its captures what the evidence cites',
    )
    .argument('<run>', runArgument)
    .action(async (path: string) => {
      const checked = await withRun(path, recheck);
      process.stdout.write(formatRecheck(checked));
      process.exitCode = exitCodeOf(checked);
    });
}

/** 1 if anything disagrees, 2 if there was nothing to judge. */
function exitCodeOf({ disagreements, attempts }: Recheck): number {
  if (disagreements.length > 0) return exitCodes.unexpected;
  return attempts > 0 ? exitCodes.expected : exitCodes.undecided;
}

function formatRecheck(checked: Recheck): string {
  const { attempts, cells, claims, hasJournal, frames, disagreements } = checked;
  const missing = [...frames.unavailable].map(([capture, count]) => `${count} of ${capture}`);
  const lines = [
    ...disagreements.map(({ id, text }) => `${id}: ${text}`),
    `Judged again: ${counted(attempts, 'attempt')}, ${counted(cells, 'cell')}, ${counted(claims, 'claim')}.`,
    hasJournal
      ? 'Held against its journal.'
      : 'Not held against a journal: there is no result and journal beside each other.',
    `Looked up: ${counted(frames.frames, 'frame')} that evidence cites.`,
    ...(missing.length > 0 ? [`Not looked up, as the capture is missing: ${missing.join(', ')}.`] : []),
    conclusionOf(checked),
  ];
  return lines.map((line) => `${oneLine(line)}\n`).join('');
}

function conclusionOf({ disagreements, attempts }: Recheck): string {
  if (disagreements.length > 0) return `In all ${counted(disagreements.length, 'disagreement')}.`;
  return attempts > 0 ? 'Everything agrees.' : 'There was nothing to judge.';
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
