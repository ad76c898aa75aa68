import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventsSchemaId } from './events';
import { eventsSchema } from './schema';

/** The top of the project; this file runs from `dist/harness/journal`. */
const top = join(__dirname, '../../..');

test('docs/events.schema.json is what the code says; if not, run `npm run docs`', () => {
  expect(readFileSync(join(top, 'docs/events.schema.json'), 'utf8')).toBe(eventsSchema());
});

test('the schema names itself as journals name it', () => {
  expect((JSON.parse(eventsSchema()) as { $id: string }).$id).toBe(eventsSchemaId);
});
