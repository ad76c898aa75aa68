import { InvalidArgumentError } from 'commander';

/**
 * Reads `--out`.
 *
 * @throws InvalidArgumentError when it is empty, because that would mean the current folder
 */
export function readFolder(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('it must name a folder.');
  return text;
}
