import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { decideClaims } from '../judge/claims';
import { cellsOf } from '../judge/missing';
import { summaryOf } from '../judge/outcome';
import type { CellResult, PlanResult, RunResult } from '../judge/result';
import { LabError } from '../lab/lab-error';

/** A part of a measurement. */
export interface Shard {
  /** What a message calls it: its folder. */
  readonly name: string;
  readonly result: RunResult;
}

/**
 * Joins runs that each measured a part into one result. Verdicts stay, claims and summary are made anew over all cells.
 * A cell that one run did not come to (`skipped`) is taken from the run that did. Pure.
 *
 * @param shards at least one
 * @param firewalls ids of those that were to be measured, in the order of the catalogue; all of it by default. What
 *   none of the runs has is missing in the result, see `missingCells`
 * @throws LabError `SHARDS_DIFFER` where they are no parts of one measurement, `SHARDS_OVERLAP` where two measured the
 *   same cell
 */
export function mergeResults(shards: readonly Shard[], firewalls?: readonly string[]): RunResult {
  requireOneMeasurement(shards);
  const measured = cellsOfAll(shards);
  const results = shards.map(({ result }) => result);
  const { catalogue, ...choice } = results[0]!.run.plan;
  const plan: PlanResult = {
    ...choice,
    catalogue,
    firewalls: [...(firewalls ?? catalogue.firewalls)],
    scenarios: union(results.map(({ run }) => run.plan.scenarios)),
    suites: union(results.map(({ run }) => run.plan.suites)),
  };
  // What was measured beyond what was asked for is no reason to hide it.
  const all = cellsOf({ ...plan, firewalls: catalogue.firewalls });
  const cells = all.flatMap(({ id }) => measured.get(id) ?? []);
  return {
    schema: results[0]!.schema,
    run: { ...runOf(results), plan, firewalls: firewallsOf(results, catalogue.firewalls) },
    cells,
    claims: decideClaims(cells),
    summary: summaryOf(cells),
  };
}

/** What must be the same in all, and what a message calls it. */
const shared: Readonly<Record<string, (run: RunResult['run']) => unknown>> = {
  backend: ({ backend }) => backend,
  patience: ({ patience }) => patience,
  ladder: ({ ladder }) => ladder,
  steps: ({ plan }) => plan.steps.join(', '),
  repeat: ({ plan }) => plan.repeat,
  catalogue: ({ plan }) => `${plan.catalogue.sha256.slice(0, 12)} (${plan.catalogue.firewalls.join(', ')})`,
};

function requireOneMeasurement([first, ...others]: readonly Shard[]): void {
  for (const other of others)
    for (const [what, valueOf] of Object.entries(shared)) {
      const [one, two] = [valueOf(first!.result.run), valueOf(other.result.run)];
      if (!isDeepStrictEqual(one, two))
        throw new LabError(
          'SHARDS_DIFFER',
          `${first!.name} and ${other.name} are no parts of one measurement: ${what} ${String(one)} and ${String(two)}; merge only runs that differ in firewalls, scenarios or suites`,
        );
    }
}

function cellsOfAll(shards: readonly Shard[]): ReadonlyMap<string, CellResult> {
  const found = new Map<string, { readonly cell: CellResult; readonly shard: string }>();
  for (const { name, result } of shards)
    for (const cell of result.cells) {
      const other = found.get(cell.id);
      if (cell.outcome === 'skipped' && other) continue;
      if (other && other.cell.outcome !== 'skipped')
        throw new LabError(
          'SHARDS_OVERLAP',
          `${other.shard} and ${name} both measured ${cell.id}; leave one of them out`,
        );
      found.set(cell.id, { cell, shard: name });
    }
  return new Map([...found].map(([id, { cell }]) => [id, cell]));
}

/** What the runs say of themselves, as one: it lasted from the first beginning to the last end. */
function runOf(results: readonly RunResult[]): Omit<RunResult['run'], 'plan' | 'firewalls'> {
  const runs = results.map(({ run }) => run);
  const ids = runs.map(({ id }) => id);
  const starts = runs.map(({ startedAt }) => Date.parse(startedAt));
  const startedAt = Math.min(...starts);
  const endedAt = Math.max(...runs.map(({ durationMs }, index) => starts[index]! + durationMs));
  const { backend, patience, ladder } = runs[0]!;
  return {
    id: `merged-${createHash('sha256').update(ids.join('\n')).digest('hex').slice(0, 12)}`,
    startedAt: new Date(startedAt).toISOString(),
    durationMs: endedAt - startedAt,
    backend,
    patience,
    ladder,
    interrupted: runs.some(({ interrupted }) => interrupted),
    kernel: union(runs.map(({ kernel }) => [kernel])).join(', '),
    versions: versionsOf(runs),
    mergedFrom: ids,
  };
}

/** Where runs had different versions of a program, all of them. */
function versionsOf(runs: readonly RunResult['run'][]): Record<string, string> {
  const programs = union(runs.map(({ versions }) => Object.keys(versions)));
  const of = (program: string): string[] =>
    union(runs.map(({ versions }) => (versions[program] === undefined ? [] : [versions[program]])));
  return Object.fromEntries(programs.map((program) => [program, of(program).join(', ')]));
}

function firewallsOf(results: readonly RunResult[], order: readonly string[]): RunResult['run']['firewalls'] {
  const known = new Map(results.flatMap(({ run }) => run.firewalls.map((one) => [one.id, one] as const)));
  return order.flatMap((id) => known.get(id) ?? []);
}

/** Each value once, in the order in which it came first. */
const union = <T>(lists: readonly (readonly T[])[]): T[] => [...new Set(lists.flat())];
