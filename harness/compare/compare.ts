import type { CellResult, RunResult } from '../judge/result';
import { LabError } from '../lab/lab-error';
import { traversedWords } from '../report/words';
import { attemptChanges } from './attempts';
import { cellChanges } from './cells';
import { claimChanges } from './claims';
import { comparisonSchemaId, changeKinds, type Change, type Comparison } from './comparison';
import { firewallChanges } from './firewalls';
import { differencesOf } from './notes';
import { compareTimes } from './times';

/**
 * Compares two runs cell by cell. Pure. Whatever differs by chance between two runs of one plan is no change.
 *
 * @param before the run to compare with
 * @throws LabError `INCOMPARABLE` if the two have no cell in common
 */
export function compareRuns(before: RunResult, after: RunResult): Comparison {
  const then = new Map(before.cells.map((cell) => [cell.id, cell]));
  const now = new Map(after.cells.map((cell) => [cell.id, cell]));
  const common = after.cells.flatMap((cell) => {
    const earlier = then.get(cell.id);
    return earlier ? [[earlier, cell] as const] : [];
  });
  if (common.length === 0)
    throw new LabError(
      'INCOMPARABLE',
      `the runs ${before.run.id} and ${after.run.id} have no cell in common; compare runs that measured a firewall with the same scenario, suite and security`,
    );
  const times = compareTimes(common, before.run, after.run);
  const isSameSteps = before.run.plan.steps.join() === after.run.plan.steps.join();
  const isSamePlan = isSameSteps && before.run.ladder === after.run.ladder;
  const changes = [
    ...common.flatMap(([a, b]) => [
      // The step that got through depends on those that were tried.
      ...(isSameSteps ? cellChanges(a, b) : []),
      ...attemptChanges(a, b, isSamePlan),
      ...times.changes.filter(({ id }) => id === b.id),
    ]),
    ...after.cells.filter(({ id }) => !then.has(id)).map((cell) => oneSided('added', cell)),
    ...before.cells.filter(({ id }) => !now.has(id)).map((cell) => oneSided('removed', cell)),
    ...pairs(before.run.firewalls, after.run.firewalls).flatMap(([a, b]) => firewallChanges(a, b)),
    ...pairs(before.claims, after.claims).flatMap(([a, b]) =>
      claimChanges(a, b, (cell) => then.has(cell) && now.has(cell)),
    ),
  ];
  return {
    schema: comparisonSchemaId,
    baseline: about(before),
    run: about(after),
    common: common.length,
    changes,
    notes: [
      ...differencesOf(before.run, after.run),
      ...(isSameSteps
        ? []
        : ['as other steps were tried, single attempts are compared, and not where cells got through']),
    ],
    times: times.words,
    summary: summaryOf(changes),
  };
}

const about = ({ run, cells }: RunResult): Comparison['run'] => ({
  id: run.id,
  startedAt: run.startedAt,
  cells: cells.length,
});

function oneSided(kind: 'added' | 'removed', cell: CellResult): Change {
  const words = traversedWords(cell);
  return kind === 'added'
    ? { kind, about: 'cell', id: cell.id, before: 'not measured', after: words }
    : { kind, about: 'cell', id: cell.id, before: words, after: 'not measured' };
}

/** Pairs what has the same id in both. */
function pairs<T extends { readonly id: string }>(before: readonly T[], after: readonly T[]): [T, T][] {
  return after.flatMap((one): [T, T][] => {
    const earlier = before.find(({ id }) => id === one.id);
    return earlier ? [[earlier, one]] : [];
  });
}

const summaryOf = (changes: readonly Change[]): Comparison['summary'] =>
  Object.fromEntries(
    changeKinds.map((kind) => [kind, changes.filter((change) => change.kind === kind).length]),
  ) as Comparison['summary'];

/** Says whether anything became worse. */
export const isWorse = ({ summary }: Comparison): boolean => summary.worse > 0;
