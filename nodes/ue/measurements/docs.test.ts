import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installation } from '../../installation';
import { measurementKinds } from './catalogue';
import { measurementsPage } from './docs';

test('docs/measurements.md is what the catalogue says (UPDATE_DOCS=1 npx jest dist/nodes/ue/measurements/docs writes it)', () => {
  const path = join(installation, 'docs/measurements.md');
  if (process.env.UPDATE_DOCS === '1') writeFileSync(path, measurementsPage());
  expect(readFileSync(path, 'utf8')).toBe(measurementsPage());
});

test('each row of the table has its five cells', () => {
  const rows = measurementsPage()
    .split('\n')
    .filter((line) => / \| \d+ \|$/.test(line));
  expect(rows).toHaveLength(measurementKinds.length);
  for (const row of rows) expect(row.split(' | ')).toHaveLength(5);
});
