import { InvalidArgumentError } from 'commander';

/**
 * Reads `--out`.
 * @throws InvalidArgumentError where it names nothing: that would be wherever the command is run
 */
export function readFolder(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('it must name a folder.');
  return text;
}
