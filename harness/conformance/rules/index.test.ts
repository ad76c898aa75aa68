import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installation } from '../../../nodes/installation';
import { allRules } from '.';

it('names every rule once, by a name that can be typed', () => {
  const ids = allRules.map(({ id }) => id);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  expect(ids.filter((id) => !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(id))).toEqual([]);
});

it('says of every rule where it stands, and one sentence', () => {
  for (const { id, clause, says } of allRules)
    expect([
      id,
      /^(?:RFC \d+|T[RS] \d\d\.\d\d\d) [\w.]+(?: |,|$)/.test(clause),
      /^[A-Z].*\.$/.test(says),
    ]).toEqual([id, true, true]);
});

it('every rule is broken by some test beside it', () => {
  const folder = join(installation, 'harness/conformance/rules');
  const tests = readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  expect(allRules.map(({ id }) => id).filter((id) => !tests.includes(`'${id}'`))).toEqual([]);
});
