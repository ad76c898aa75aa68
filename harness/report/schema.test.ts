import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resultSchema } from './schema';

/** The top of the project; this file runs from `dist/harness/report`. */
const top = join(__dirname, '../../..');

test('docs/result.schema.json is what the code says; if not, run `npm run docs`', () => {
  expect(readFileSync(join(top, 'docs/result.schema.json'), 'utf8')).toBe(resultSchema());
});

test('the schema names itself as results name it', () => {
  const schema = JSON.parse(resultSchema()) as { $id: string; properties: { schema: { const: string } } };
  expect(schema.properties.schema.const).toBe(schema.$id);
});
