import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';

/**
 * Reads `--out`.
 * @throws InvalidArgumentError where it names nothing: that would be wherever the command is run
 */
export function readFolder(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('it must name a folder.');
  return text;
}

/** Where a result goes when nobody says where: `runs/<time>`, to the millisecond, so that no two runs have the same. */
export const runFolderName = (): string =>
  join('runs', new Date().toISOString().slice(0, 23).replaceAll(/[:.]/g, '-'));
