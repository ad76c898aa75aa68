import { isIPv4 } from 'node:net';
import { InvalidArgumentError, type Command } from 'commander';
import { oneLine } from '../../kit/one-line';
import { espSaName } from '../evidence/capture-names';
import { LabError } from '../lab/lab-error';
import { recheck, type Recheck } from '../recheck/recheck';
import { exitCodes } from './exit-code';
import { judgeCaptureFile, type JudgeCaptureFlags } from './judge-capture';
import { runArgument, withRun } from './run-argument';

interface JudgeFlags extends JudgeCaptureFlags {
  readonly capture?: string;
}

/** Adds `nimsfw judge`, which judges a stored run again from its evidence, or explains somebody's capture. */
export function addJudgeCommand(program: Command): void {
  program
    .command('judge')
    .description(
      'judge a stored run again from its evidence, and look up in its captures what the evidence cites; or explain the capture of somebody else',
    )
    .argument('[run]', runArgument)
    .option('--capture <file>', 'in place of a run: a pcap or pcapng of a phone that registers or calls')
    .option('--keys <file>', 'with --capture: TLS secrets (SSLKEYLOGFILE) besides those in the capture')
    .option(
      '--ue <address>',
      'with --capture: which address is the phone; found by what it does if not told',
      readAddress,
    )
    .option('--json', 'with --capture: as JSON')
    .action(async (path: string | undefined, { capture, ...flags }: JudgeFlags) => {
      process.exitCode = await (capture === undefined
        ? judgeRun(path, flags)
        : judgeCapture(capture, path, flags));
    });
}

async function judgeRun(path: string | undefined, flags: JudgeCaptureFlags): Promise<number> {
  const [needless] = Object.keys(flags);
  if (path === undefined || needless !== undefined)
    throw new LabError(
      'USAGE',
      path === undefined
        ? 'there is nothing to judge; name a run, or a capture with --capture'
        : `--${needless} belongs to --capture; leave it out, or name a capture`,
    );
  const checked = await withRun(path, recheck);
  process.stdout.write(formatRecheck(checked));
  return exitCodeOf(checked);
}

function judgeCapture(file: string, path: string | undefined, flags: JudgeCaptureFlags): Promise<number> {
  if (path === undefined) return judgeCaptureFile(file, flags);
  throw new LabError('USAGE', `a run (${path}) and a capture cannot be judged together; leave one out`);
}

function readAddress(text: string): string {
  if (isIPv4(text)) return text;
  throw new InvalidArgumentError('it must be an IPv4 address.');
}

/** 1 if anything disagrees, 2 if there was nothing to judge. */
function exitCodeOf({ disagreements, attempts }: Recheck): number {
  if (disagreements.length > 0) return exitCodes.unexpected;
  return attempts > 0 ? exitCodes.expected : exitCodes.undecided;
}

function formatRecheck(checked: Recheck): string {
  const { attempts, cells, claims, hasJournal, frames, missingKeys, disagreements } = checked;
  const missing = [...frames.unavailable].map(([capture, count]) => `${count} of ${capture}`);
  const lines = [
    ...disagreements.map(({ id, text }) => `${id}: ${text}`),
    `Judged again: ${counted(attempts, 'attempt')}, ${counted(cells, 'cell')}, ${counted(claims, 'claim')}.`,
    hasJournal
      ? 'Held against its journal.'
      : 'Not held against a journal: there is no result and journal beside each other.',
    `Looked up: ${counted(frames.frames, 'frame')} that evidence cites.`,
    ...(missing.length > 0 ? [`Not looked up, as the capture is missing: ${missing.join(', ')}.`] : []),
    ...(missingKeys > 0
      ? [
          `Not available, as no file ${espSaName} has them: the keys of ${counted(missingKeys, 'security association')}.`,
        ]
      : []),
    conclusionOf(checked),
  ];
  return lines.map((line) => `${oneLine(line)}\n`).join('');
}

function conclusionOf({ disagreements, attempts }: Recheck): string {
  if (disagreements.length > 0) return `In all ${counted(disagreements.length, 'disagreement')}.`;
  return attempts > 0 ? 'Everything agrees.' : 'There was nothing to judge.';
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
