import { InvalidArgumentError } from 'commander';

/**
 * Returns the reader of an option that is a whole number in this range.
 *
 * @param what its words in the message of the `InvalidArgumentError` that the reader throws for anything else
 */
export function readWhole(least: number, most: number, what = 'a whole number'): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`it must be ${what} from ${least} to ${most}.`);
    return value;
  };
}
