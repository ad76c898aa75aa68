import { insteadOf } from '../../kit/near-match';
import { LabError, type ErrorCode } from '../lab/lab-error';

/** Something that a user chooses by name on the command line. */
export interface Choice {
  /** The word for it in the error: `firewall`, `suite`... */
  readonly what: string;
  /** The error's code, e.g. `UNKNOWN_FIREWALL`. */
  readonly code: ErrorCode;
  readonly known: readonly string[];
}

/**
 * Reads a list such as `0-9,closed`; `all` is every known thing. It returns each named thing once, in the order of the
 * known things.
 *
 * @throws LabError with the choice's code, which names a near match
 */
export function choose(choice: Choice, text: string): string[] {
  const wanted = new Set<string>();
  for (const part of text.split(',').map((word) => word.trim())) {
    for (const name of expand(part, choice.known)) {
      if (!choice.known.includes(name)) throw unknown(choice, name);
      wanted.add(name);
    }
  }
  return choice.known.filter((name) => wanted.has(name));
}

/** Expands `2-5` to a range of numbers and `all` to everything, unless a known thing has that name. */
function expand(part: string, known: readonly string[]): readonly string[] {
  if (part === 'all' && !known.includes(part)) return known;
  const range = /^(\d{1,3})-(\d{1,3})$/.exec(part);
  if (!range || known.includes(part)) return [part];
  const [from, to] = [Number(range[1]), Number(range[2])];
  const first = Math.min(from, to);
  return Array.from({ length: Math.abs(to - from) + 1 }, (_, index) => String(first + index));
}

function unknown({ what, code, known }: Choice, name: string): LabError {
  const happened = name === '' ? `a ${what} in the list has no name` : `there is no ${what} "${name}"`;
  return new LabError(code, `${happened}; ${insteadOf(name, known)}`);
}
