import { z } from 'zod';
import { steps } from '../../ladder';
import { readYaml, show, type Mistake, type Path, type YamlResult } from '../../kit/yaml-file';

/** The outcomes that can be known of a cell. What was not finished says nothing, so it is none of them. */
export const knownOutcomes = ['unexpected', 'flaky', 'inconclusive'] as const;

const line = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(500)
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, 'must be one line without control characters');

const deviation = z.strictObject({
  cell: line.describe('The id of a cell; * stands for any characters: 6/register/*'),
  traversedAt: z
    .union([z.literal(steps), z.literal('none')], `must be a step (${steps.join(', ')}) or none`)
    .optional()
    .describe('The step that gets through; any by default'),
  outcome: z
    .enum(knownOutcomes)
    .optional()
    .describe('The outcome of the cell; unexpected and flaky by default'),
  reason: line.describe('Why it deviates, and why that is put up with'),
  issue: z
    .url({ protocol: /^https?$/, error: 'must be an address (https://...)' })
    .optional()
    .describe('Where it is followed up'),
  until: z.iso
    .date('must be a day (2026-12-31)')
    .optional()
    .describe('The last day on which a run may begin in which it counts'),
});

/** The form of `known.yaml`: deviations that are known, and do not fail a run. */
export const knownFileSchema = z.strictObject({ known: z.array(deviation).max(1000) });

/** One known deviation, as the file has it. */
export type KnownText = z.infer<typeof deviation>;

const keys = Object.keys(deviation.shape);

/**
 * Reads a file of known deviations. It never throws: for any text the result is what is known or the list of the text's
 * mistakes, each with path and line.
 *
 * @param file the name that the problems have for the file
 */
export function parseKnown(text: string, file: string): YamlResult<readonly KnownText[]> {
  const read = readYaml(text, file, {
    schema: knownFileSchema,
    oneDocument: 'put all deviations into its list',
    keysAt: (path: Path) => (path.length === 0 ? ['known'] : keys),
    check: ({ known }) => known.flatMap((one, index) => repeated(one, index, known)),
  });
  return read.ok ? { ok: true, value: read.value.known } : read;
}

/** Two entries for one cell are only useful if they know different deviations of it. */
function repeated(one: KnownText, index: number, all: readonly KnownText[]): Mistake[] {
  const first = all.findIndex(
    (other) =>
      other.cell === one.cell && other.traversedAt === one.traversedAt && other.outcome === one.outcome,
  );
  const text = `${show(one.cell)} is at known[${first}] already (leave one of them out)`;
  return first < index ? [{ path: ['known', index, 'cell'], text }] : [];
}

/** Returns the text of `docs/known.schema.json`, the JSON Schema (2020-12) of a file of known deviations. */
export function knownFileJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(knownFileSchema, { io: 'input' });
  const described = {
    $schema,
    $id: 'https://nimsfw-lab.example/known/1',
    title: 'Known deviations of nimsfw-lab (known.yaml)',
    ...schema,
  };
  return `${JSON.stringify(described, null, 2)}\n`;
}
