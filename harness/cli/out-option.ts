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

/**
 * Reads the option that names a file to be written.
 *
 * @throws InvalidArgumentError when it is empty
 */
export function readFile(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('it must name a file.');
  return text;
}
