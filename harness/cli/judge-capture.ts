import { readFileSync } from 'node:fs';
import { formatJudgedCapture } from '../foreign-capture/format';
import { judgeCapture } from '../foreign-capture/judge-capture';
import { readForeignCapture } from '../foreign-capture/read-capture';
import { LabError } from '../lab/lab-error';
import { terminalOf } from '../report';
import { exitCodes } from './exit-code';

export interface JudgeCaptureFlags {
  /** A key log. */
  readonly keys?: string;
  /** The UE's address. */
  readonly ue?: string;
  readonly json?: boolean;
}

/**
 * Explains somebody's capture on standard output.
 * @returns 0 if the UE is seen to have got through. Otherwise 2, because a capture at one place cannot show why it did not
 * @throws LabError `CAPTURE_UNREADABLE`, `KEYS_UNREADABLE`, `NOTHING_OF_LADDER`, `UE_UNCLEAR`
 */
export async function judgeCaptureFile(file: string, { keys, ue, json }: JudgeCaptureFlags): Promise<number> {
  const keyLog = keys === undefined ? {} : { keyLog: textOf(keys) };
  const capture = await readForeignCapture(file);
  const judged = judgeCapture(capture, { file, ...keyLog, ...(ue === undefined ? {} : { ue }) });
  const { colours } = terminalOf(process.stdout);
  process.stdout.write(
    json ? `${JSON.stringify(judged, null, 2)}\n` : formatJudgedCapture(judged, file, colours),
  );
  return judged.isThrough ? exitCodes.expected : exitCodes.undecided;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new LabError('KEYS_UNREADABLE', `cannot read the TLS secrets ${file} (${why}); check the path`);
  }
}
