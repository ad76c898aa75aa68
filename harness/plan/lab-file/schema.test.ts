import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { labFileJsonSchema } from './schema';

/** The top of the project; this file runs from `dist/harness/plan/lab-file`. */
const top = join(__dirname, '../../../..');

test('docs/nimsfw.schema.json is what the code says; if not, run `npm run docs`', () => {
  expect(readFileSync(join(top, 'docs/nimsfw.schema.json'), 'utf8')).toBe(labFileJsonSchema());
});
