import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { securities, suiteIds } from '../../ladder';
import { claimsOf } from '../judge/claims-of-run';
import { scenariosOf } from '../judge/known-scenarios';
import { cellsOf } from '../judge/missing';
import { withKnown } from '../judge/known';
import { summaryOf } from '../judge/outcome';
import type { CellResult, PlanResult, RunResult } from '../judge/result';
import { LabError } from '../lab/lab-error';

/** One of the runs that are merged. */
export interface Shard {
  /** The folder of the run, which messages name. */
  readonly name: string;
  readonly result: RunResult;
}

/**
 * Joins runs that each measured a part into one result. It keeps the verdicts, and makes claims and summary
 * anew over all cells. A cell that one run did not finish (`skipped`) is taken from the run that did. No
 * measured cell is lost, and the order of the shards does not matter. Pure.
 *
 * @param shards at least one
 * @param firewalls ids of the firewalls that were to be measured, in the order of the catalogue; all of them by
 *   default. Cells that no run has are missing in the result, see `missingCells`
 * @throws LabError `SHARDS_DIFFER` when they are not parts of one measurement, `SHARDS_OVERLAP` when two of
 *   them measured the same cell
 */
export function mergeResults(shards: readonly Shard[], firewalls?: readonly string[]): RunResult {
  requireOneMeasurement(shards);
  const ordered = [...shards].sort(byBeginning);
  const measured = cellsOfAll(ordered);
  const results = ordered.map(({ result }) => result);
  const { catalogue, cells: _, ...choice } = results[0]!.run.plan;
  const moves = distinct(results.flatMap(({ run }) => run.plan.moves ?? []));
  const variants = distinct(results.flatMap(({ run }) => run.plan.variants ?? []));
  const variantRuns = distinct(results.flatMap(({ run }) => run.variants ?? []));
  const ownScenarios = distinct(results.flatMap(({ run }) => run.plan.ownScenarios ?? []));
  const known = scenariosOf({ ownScenarios });
  // A part of a plan is one only together with other parts.
  const parts = results.every(({ run }) => run.plan.cells)
    ? { cells: union(results.map(({ run }) => run.plan.cells ?? [])) }
    : {};
  const plan: PlanResult = {
    ...choice,
    catalogue,
    ...(variants.length > 0 ? { variants } : {}),
    firewalls: [...(firewalls ?? catalogue.firewalls)],
    // A single run would play them in this order.
    scenarios: inOrder(
      union(results.map(({ run }) => run.plan.scenarios)),
      known.map(({ id }) => id),
    ),
    ...(ownScenarios.length > 0 ? { ownScenarios } : {}),
    suites: inOrder(union(results.map(({ run }) => run.plan.suites)), suiteIds),
    securities: inOrder(union(results.map(({ run }) => run.plan.securities)), securities),
    ...(moves.length > 0 ? { moves } : {}),
    ...parts,
  };
  // The result also keeps cells of firewalls that were not asked for, and cells that no plan names.
  const planned = cellsOf({ ...plan, firewalls: catalogue.firewalls }).map(({ id }) => id);
  const cells = union([planned, [...measured.keys()]]).flatMap((id) => measured.get(id) ?? []);
  const run = {
    ...runOf(results),
    plan,
    ...(variantRuns.length > 0 ? { variants: variantRuns } : {}),
    firewalls: firewallsOf(results, catalogue.firewalls),
  };
  const { schema } = results[0]!;
  return withKnown({ schema, run, cells, claims: claimsOf(cells, run), summary: summaryOf(cells) });
}

/** The values that all runs must have in common, by the name that a message uses. */
const shared: Readonly<Record<string, (run: RunResult['run']) => unknown>> = {
  backend: ({ backend }) => backend,
  patience: ({ patience }) => patience,
  timers: ({ timers }) => timers,
  ladder: ({ ladder }) => ladder,
  steps: ({ plan }) => plan.steps.join(', '),
  repeat: ({ plan }) => plan.repeat,
  boxes: ({ boxes }) => boxes.map(({ place, name }) => `${place} ${name}`).join(', '),
  catalogue: ({ plan }) => `${plan.catalogue.sha256.slice(0, 12)} (${plan.catalogue.firewalls.join(', ')})`,
};

function requireOneMeasurement([first, ...others]: readonly Shard[]): void {
  for (const other of others)
    for (const [what, valueOf] of Object.entries(shared)) {
      const [one, two] = [valueOf(first!.result.run), valueOf(other.result.run)];
      if (!isDeepStrictEqual(one, two))
        throw new LabError(
          'SHARDS_DIFFER',
          `${first!.name} and ${other.name} are no parts of one measurement: ${what} ${String(one)} and ${String(two)}; merge only runs that differ in firewalls, scenarios, suites or securities`,
        );
    }
}

/**
 * Orders runs by their begin, and by id when two began at once, so that the order of the command line does not
 * matter.
 */
function byBeginning({ result: { run: one } }: Shard, { result: { run: two } }: Shard): number {
  const earlier = Date.parse(one.startedAt) - Date.parse(two.startedAt);
  return earlier || (one.id < two.id ? -1 : Number(one.id > two.id));
}

function cellsOfAll(shards: readonly Shard[]): ReadonlyMap<string, CellResult> {
  const found = new Map<string, { readonly cell: CellResult; readonly shard: string }>();
  for (const { name, result } of shards)
    for (const cell of result.cells) {
      const other = found.get(cell.id);
      // Of two unfinished cells, the one with more attempts is kept.
      const isBetter = other?.cell.outcome === 'skipped' && cell.attempts.length > other.cell.attempts.length;
      if (cell.outcome === 'skipped' && other && !isBetter) continue;
      if (other && other.cell.outcome !== 'skipped')
        throw new LabError(
          'SHARDS_OVERLAP',
          `${other.shard} and ${name} both measured ${cell.id}; leave one of them out`,
        );
      found.set(cell.id, { cell, shard: name });
    }
  return new Map([...found].map(([id, { cell }]) => [id, cell]));
}

/** Returns the facts about all runs as those of one, which lasts from the first beginning to the last end. */
export function runOf(
  results: readonly RunResult[],
): Omit<RunResult['run'], 'plan' | 'variants' | 'firewalls'> {
  const runs = results.map(({ run }) => run);
  const ids = runs.flatMap(({ id, mergedFrom }) => mergedFrom ?? [id]);
  const starts = runs.map(({ startedAt }) => Date.parse(startedAt));
  const startedAt = Math.min(...starts);
  const endedAt = Math.max(...runs.map(({ durationMs }, index) => starts[index]! + durationMs));
  const { backend, patience, timers, ladder } = runs[0]!;
  const outages = runs.flatMap((one) => one.outages ?? []);
  const boxes = distinct(runs.flatMap((one) => one.boxes));
  const known = distinct(runs.flatMap((one) => one.known ?? []));
  return {
    id: `merged-${createHash('sha256').update(ids.join('\n')).digest('hex').slice(0, 12)}`,
    startedAt: new Date(startedAt).toISOString(),
    durationMs: endedAt - startedAt,
    backend,
    patience,
    timers,
    ladder,
    interrupted: runs.some(({ interrupted }) => interrupted),
    kernel: union(runs.map(({ kernel }) => [kernel])).join(', '),
    versions: versionsOf(runs),
    boxes,
    origins: runs.flatMap(({ origins }) => origins),
    ...(outages.length > 0 ? { outages } : {}),
    ...(known.length > 0 ? { known } : {}),
    mergedFrom: ids,
  };
}

/** Lists every version of a program when the runs had different ones. */
function versionsOf(runs: readonly RunResult['run'][]): Record<string, string> {
  const programs = union(runs.map(({ versions }) => Object.keys(versions)));
  const of = (program: string): string[] =>
    union(runs.map(({ versions }) => (versions[program] === undefined ? [] : [versions[program]])));
  return Object.fromEntries(programs.map((program) => [program, of(program).join(', ')]));
}

/** Returns the firewalls of all runs, each once, in this order of their ids. */
export function firewallsOf(
  results: readonly RunResult[],
  order: readonly string[],
): RunResult['run']['firewalls'] {
  const all = results.flatMap(({ run }) => run.firewalls);
  return order.flatMap((id) => {
    const known = all.filter((one) => one.id === id);
    const [first] = known;
    if (!first) return [];
    const during = Object.fromEntries(known.flatMap(({ knobsDuring }) => Object.entries(knobsDuring ?? {})));
    return [Object.keys(during).length > 0 ? { ...first, knobsDuring: during } : first];
  });
}

/** Puts known values first, in the order of `known`, then the others in their own order. */
const inOrder = <T>(values: readonly T[], known: readonly T[]): T[] =>
  union([known.filter((one) => values.includes(one)), values]);

function distinct<T>(values: readonly T[]): T[] {
  return values.filter((value, index) => values.findIndex((one) => isDeepStrictEqual(one, value)) === index);
}

/** Returns each value once, in the order of its first occurrence. */
const union = <T>(lists: readonly (readonly T[])[]): T[] => [...new Set(lists.flat())];
