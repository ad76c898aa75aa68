import { isDeepStrictEqual } from 'node:util';
import type { AttemptResult, CellResult, RunResult } from '../judge/result';

/** One way in which a run does not agree with what it was checked against. */
export interface Disagreement {
  /** Id of the cell, attempt or claim; or `run` or `summary`. */
  readonly id: string;
  /** What is stored, and what should be there: `verdict is "passed" as stored, and "blocked" by the evidence`. */
  readonly text: string;
}

/** The names of the two sides in words that follow a value: `as stored`, `by the evidence`. */
export interface Sides {
  readonly stored: string;
  readonly other: string;
}

/** Returns in what a stored result differs from another one of the same run. */
export function differencesOf(stored: RunResult, other: RunResult, sides: Sides): Disagreement[] {
  const valuesIn = (id: string, one: unknown, two: unknown): Disagreement[] =>
    [...differing(one, two)].map(({ path, values: [first, second] }) => ({
      id,
      text: `${path.join('.')} is ${shown(first)} ${sides.stored}, and ${shown(second)} ${sides.other}`,
    }));
  const both = <T extends { readonly id: string }>(
    some: readonly T[],
    others: readonly T[],
    compare: (one: T, two: T) => Disagreement[],
  ): Disagreement[] =>
    [...new Set([...some, ...others].map(({ id }) => id))].flatMap((id) => {
      const [one, two] = [some, others].map((all) => all.find((each) => each.id === id));
      if (one && two) return compare(one, two);
      return [{ id, text: `it is only there ${one ? sides.stored : sides.other}` }];
    });
  const attempts = (one: AttemptResult, two: AttemptResult): Disagreement[] => valuesIn(one.id, one, two);
  const cells = (one: CellResult, two: CellResult): Disagreement[] => {
    const { attempts: tried, ...rest } = one;
    const { attempts: triedToo, ...restToo } = two;
    return [...both(tried, triedToo, attempts), ...valuesIn(one.id, rest, restToo)];
  };
  return [
    ...valuesIn('run', stored.run, other.run),
    ...both(stored.cells, other.cells, cells),
    ...both(stored.claims, other.claims, (one, two) => valuesIn(one.id, one, two)),
    ...valuesIn('summary', stored.summary, other.summary),
  ];
}

interface Differing {
  readonly path: readonly string[];
  readonly values: readonly [unknown, unknown];
}

/** Yields the innermost places at which two values differ. */
function* differing(one: unknown, two: unknown, path: readonly string[] = []): Generator<Differing> {
  if (isDeepStrictEqual(one, two)) return;
  if (!isTree(one) || !isTree(two) || Array.isArray(one) !== Array.isArray(two)) {
    yield { path, values: [one, two] };
    return;
  }
  for (const key of new Set([...Object.keys(one), ...Object.keys(two)]))
    yield* differing(one[key], two[key], [...path, key]);
}

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Most characters of a value in a line. */
const longestShown = 160;

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value);
  return text.length > longestShown ? `${text.slice(0, longestShown)}...` : text;
}
