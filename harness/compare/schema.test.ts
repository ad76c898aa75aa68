import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installation } from '../../nodes/installation';
import { comparisonSchema } from './schema';

test('docs/comparison.schema.json is what the code says; if not, run `npm run docs`', () => {
  expect(readFileSync(join(installation, 'docs/comparison.schema.json'), 'utf8')).toBe(comparisonSchema());
});
