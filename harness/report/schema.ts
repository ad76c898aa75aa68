import { z } from 'zod';
import { resultSchemaId, runResult } from '../judge/result';

/** Returns the text of `docs/result.schema.json`, the JSON Schema (2020-12) of `result.json`. */
export function resultSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(runResult, { io: 'output' });
  const described = {
    $schema,
    $id: resultSchemaId,
    title: 'Result of a run of nimsfw-lab (result.json)',
    ...schema,
  };
  return `${JSON.stringify(described, null, 2)}\n`;
}
