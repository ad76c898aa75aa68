import { expect } from '@jest/globals';
import type { CellResult, RunResult } from './harness/judge/result';

/**
 * Matchers for jest over the result of a run: `import 'nimsfw-lab/jest'`, or `setupFilesAfterEnv: ['nimsfw-lab/jest']`.
 * A cell or claim that was not measured, or could not be judged, satisfies neither a matcher nor its `.not`.
 */

/** The cells that a matcher looks at, and what is expected of them. */
export interface Traversal {
  readonly scenario: string;
  /** The suite of the cells; by default every suite that was measured. */
  readonly suite?: CellResult['suite'];
  /** The security of the cells; by default every one that was measured. */
  readonly security?: CellResult['security'];
  /** The first step of the ladder that is expected to get through; by default any step may be it. */
  readonly by?: 1 | 2 | 3;
}

interface NimsfwMatchers<R> {
  /**
   * Expects that a scenario got through a firewall in every cell that was measured of it; with `.not`, in none of them.
   * @param firewall id, e.g. `6`
   */
  toTraverse(firewall: string, traversal: Traversal): R;
  /**
   * Expects that the cells of a run confirm a claim; with `.not`, that they contradict it.
   * @param claim id, e.g. `I1`
   */
  toConfirm(claim: string): R;
}

declare global {
  // jest's own types can only be extended by merging into this namespace.
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace jest {
    // eslint-disable-next-line @typescript-eslint/no-unused-vars, @typescript-eslint/no-empty-object-type
    interface Matchers<R, T = {}> extends NimsfwMatchers<R> {}
  }
}

declare module 'expect' {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars, @typescript-eslint/no-empty-object-type
  interface Matchers<R extends void | Promise<void>, T = unknown> extends NimsfwMatchers<R> {}
}

/** The answer of a matcher, in jest's own form. */
interface Matched {
  readonly pass: boolean;
  readonly message: () => string;
}

/** The part of jest's `this` that the matchers read. With `.not` jest expects `pass` to be false. */
interface MatcherContext {
  readonly isNot?: boolean;
}

/** Says for each outcome whether a cell of it shows at which step the UE gets through, if at any. */
const isDecided: Readonly<Record<CellResult['outcome'], boolean>> = {
  expected: true,
  unexpected: true,
  // A scenario that the phone cannot do tells nothing about the firewall.
  unsupported: false,
  flaky: false,
  inconclusive: false,
  skipped: false,
};

function toTraverse(
  this: MatcherContext,
  received: unknown,
  firewall: string,
  traversal: Traversal,
): Matched {
  const { scenario, suite, security, by } = traversal;
  const { cells } = resultOf(received);
  const asked = cells.filter(
    (cell) =>
      cell.firewall === firewall &&
      cell.scenario === scenario &&
      (suite === undefined || cell.suite === suite) &&
      (security === undefined || cell.security === security),
  );
  const chosen = [scenario, suite, security].filter((one) => one !== undefined);
  const what = `${chosen.join(', ')}, through firewall ${firewall}`;
  if (asked.length === 0)
    return neither(this, `${what} was not measured; there is ${cells.map(({ id }) => id).join(', ')}`);
  const undecided = asked.filter(({ outcome }) => !isDecided[outcome]);
  if (undecided.length > 0) return neither(this, `${what} could not be judged:\n${said(undecided)}`);
  const through = asked.filter(({ traversedAt }) =>
    by === undefined ? traversedAt !== null : traversedAt === by,
  );
  const how = by === undefined ? 'to get through' : `to get through at step ${by}`;
  return {
    pass: this.isNot ? through.length > 0 : through.length === asked.length,
    message: () => `expected ${what}, ${this.isNot ? 'not ' : ''}${how}:\n${said(asked)}`,
  };
}

function toConfirm(this: MatcherContext, received: unknown, id: string): Matched {
  const { claims } = resultOf(received);
  const claim = claims.find((one) => one.id === id);
  if (!claim)
    return neither(this, `there is no claim ${id}; there is ${claims.map((one) => one.id).join(', ')}`);
  const { verdict, statement, source, cells } = claim;
  const what = `claim ${id} (${statement}; ${source})`;
  if (verdict === 'untested')
    return neither(this, `${what} was neither confirmed nor contradicted by what was measured`);
  const basis = cells.length > 0 ? `, by ${cells.join(', ')}` : '';
  return {
    pass: verdict === 'confirmed',
    message: () =>
      `expected ${what} to be ${this.isNot ? 'contradicted' : 'confirmed'}; it was ${verdict}${basis}`,
  };
}

/** Makes a matcher fail, with `.not` too, because the run shows neither. */
const neither = ({ isNot = false }: MatcherContext, text: string): Matched => ({
  pass: isNot,
  message: () => text,
});

/** Writes the outcomes of cells, a line for each cell and for each of its attempts. */
const said = (cells: readonly CellResult[]): string =>
  cells
    .flatMap(({ id, outcome, traversedAt, attempts }) => [
      `  ${id}: ${outcome}, ${traversedAt === null ? 'nothing got through' : `got through at step ${traversedAt}`}`,
      ...attempts.map((one) => `    step ${one.step} ${one.via}: ${one.verdict}: ${one.reason}`),
    ])
    .join('\n');

/** @throws TypeError if it is not a result, so that `.not` cannot be satisfied by a mistake in the test either */
function resultOf(received: unknown): RunResult {
  if (typeof received === 'object' && received !== null && 'cells' in received && 'claims' in received)
    return received as RunResult;
  throw new TypeError('expect() was not given a result of nimsfw-lab: await measure(...).result first');
}

expect.extend({ toTraverse, toConfirm });
