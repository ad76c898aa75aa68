import { suiteIds } from '../../ladder';
import { claimsOf } from '../judge/claims-of-run';
import { cellsOf, idIn, inVariant } from '../judge/missing';
import { summaryOf } from '../judge/outcome';
import type { CellResult, RunResult } from '../judge/result';
import { firewallsOf, runOf } from './merge';

/** One variant of the lab, measured. */
export interface MeasuredVariant {
  readonly name: string;
  readonly result: RunResult;
}

/**
 * Joins runs of one plan, each in another variant of the lab, into one result. The ids of cells and attempts begin with
 * the variant's name, verdicts stay, and claims and summary are made anew over all cells. Pure.
 *
 * @param measured at least one
 * @param names of all variants, in order; the cells of one that was not measured are missing in the result, see
 *   `missingCells`
 */
export function joinVariants(measured: readonly MeasuredVariant[], names: readonly string[]): RunResult {
  const results = measured.map(({ result }) => result);
  const { schema, run } = results[0]!;
  const of = (name: string): RunResult['run'] | undefined =>
    measured.find((one) => one.name === name)?.result.run;
  const cells = measured.flatMap(({ name, result }) => result.cells.map((cell) => cellIn(name, cell)));
  const isPart = results.some((one) => one.run.plan.cells !== undefined);
  const planned = measured.flatMap(({ name, result }) =>
    cellsOf(result.run.plan).map(({ id }) => idIn(name, id)),
  );
  const about = {
    ...runOf(results),
    plan: {
      ...run.plan,
      suites: suiteIds.filter((suite) => results.some((one) => one.run.plan.suites.includes(suite))),
      ...(isPart ? { cells: planned } : {}),
      variants: names.map((name) => ({ name, suites: (of(name) ?? run).plan.suites })),
    },
    variants: measured.map(({ name, result: { run: own } }) => ({ name, run: own.id, boxes: own.boxes })),
    firewalls: firewallsOf(results, run.plan.catalogue.firewalls),
  };
  return { schema, run: about, cells, claims: claimsOf(cells, about), summary: summaryOf(cells) };
}

/** Returns a cell of one lab, with its attempts, as that of a variant. */
export const cellIn = (variant: string, cell: CellResult): CellResult => ({
  ...inVariant(cell, variant),
  attempts: cell.attempts.map((attempt) => ({ ...attempt, id: idIn(variant, attempt.id) })),
});
