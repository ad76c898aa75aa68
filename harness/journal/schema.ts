import { z } from 'zod';
import { eventsSchemaId, runEvent } from './events';

/** Returns the text of `docs/events.schema.json`, the JSON Schema (2020-12) of a line of `events.jsonl`. */
export function eventsSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(runEvent, { io: 'output' });
  const described = {
    $schema,
    $id: eventsSchemaId,
    title: 'An event of a run of nimsfw-lab (a line of events.jsonl)',
    ...schema,
  };
  return `${JSON.stringify(described, null, 2)}\n`;
}
