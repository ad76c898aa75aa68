import { z } from 'zod';

/** The model of a comparison of two runs; its JSON Schema is `docs/comparison.schema.json`. */

/** The id of this model in the JSON Schema and in every comparison as JSON. */
export const comparisonSchemaId = 'https://nimsfw-lab.example/comparison/1';

export const changeKinds = ['worse', 'better', 'other', 'added', 'removed'] as const;
/**
 * What a change is. `worse` and `better` are said only where a rule says so, which stands beside what it judges;
 * `added` and `removed` are cells that only the one run has.
 */
export type ChangeKind = (typeof changeKinds)[number];

export const change = z.object({
  kind: z.enum(changeKinds),
  about: z.enum(['cell', 'attempt', 'time', 'firewall', 'claim']),
  /** Id of the cell, the firewall or the claim. */
  id: z.string(),
  /** What of it: the rung of an attempt, the measurement, the knob or the rule of a firewall; missing for the whole. */
  part: z.string().optional(),
  /** In words. */
  before: z.string(),
  after: z.string(),
});
export type Change = z.infer<typeof change>;

/** What identifies one of the two runs. */
const comparedRun = z.object({ id: z.string(), startedAt: z.iso.datetime(), cells: z.int() });

export const comparison = z.object({
  schema: z.literal(comparisonSchemaId),
  /** The run that the other one is compared with. */
  baseline: comparedRun,
  run: comparedRun,
  /** Number of cells that both have. */
  common: z.int().min(1),
  /** First the cells in the order of the run, each with its attempts and times, then firewalls and claims. */
  changes: z.array(change),
  /** What else differs between the runs, and is no change: versions, boxes, the machine, the way of measuring. */
  notes: z.array(z.string()),
  /** Whether times were compared, how many, and what could be told. */
  times: z.string(),
  summary: z.object({
    worse: z.int(),
    better: z.int(),
    other: z.int(),
    added: z.int(),
    removed: z.int(),
  }),
});
export type Comparison = z.infer<typeof comparison>;

/** Says which of two is worse by a measure of badness; of equal ones neither is. */
export function kindBy(before: number, after: number): 'worse' | 'better' | 'other' {
  if (before === after) return 'other';
  return after > before ? 'worse' : 'better';
}

/** Returns the kind by the first of several measures of badness in which the two differ. */
export const kindByFirst = (
  ...measures: readonly (readonly [number, number])[]
): 'worse' | 'better' | 'other' =>
  measures.map(([before, after]) => kindBy(before, after)).find((kind) => kind !== 'other') ?? 'other';
