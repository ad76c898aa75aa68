import { z } from 'zod';
import { comparison, comparisonSchemaId } from './comparison';

/** Returns the text of `docs/comparison.schema.json`, the JSON Schema (2020-12) of a comparison as JSON. */
export function comparisonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(comparison, { io: 'output' });
  const described = {
    $schema,
    $id: comparisonSchemaId,
    title: 'Comparison of two runs of nimsfw-lab (nimsfw compare --reporter json)',
    ...schema,
  };
  return `${JSON.stringify(described, null, 2)}\n`;
}
