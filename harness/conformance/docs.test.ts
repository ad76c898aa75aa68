import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installation } from '../../nodes/installation';
import { scenarios } from '../../scenarios';
import { conformancePage } from './docs';
import { allRules } from './rules';

test('docs/conformance.md is what the tables say (UPDATE_DOCS=1 npx jest dist/harness/conformance/docs writes it)', () => {
  const path = join(installation, 'docs/conformance.md');
  if (process.env.UPDATE_DOCS === '1') writeFileSync(path, conformancePage());
  expect(readFileSync(path, 'utf8')).toBe(conformancePage());
});

test('the page has every rule and every scenario, and marks what was not looked up', () => {
  const lines = conformancePage().split('\n');
  for (const { id, clause, isLookedUp } of allRules)
    expect(
      lines.filter((line) => line.startsWith(`| \`${id}\` | ${clause}${isLookedUp ? '' : '°'} | `)),
    ).toHaveLength(1);
  for (const { id, source } of scenarios)
    expect(
      lines.filter((line) => line.startsWith(`| \`${id}\` | `) && line.endsWith(`| ${source} |`)),
    ).toHaveLength(1);
});
