import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cli, resultIn, temporaryFolder } from '../testing/cli';

/** A stored run, measured again. */

const folder = temporaryFolder();
const [first, bundle, again] = ['first', 'first.nimsfw', 'again'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];

it('measures cells of a bundle again, and says what differs before the table, which comes last', async () => {
  await cli(['run', 'register', '--firewall', '0,3', '--suite', 'aes', '--step', '2,3', '--out', first]);
  expect((await cli(['bundle', first, '-o', bundle])).exitCode).toBe(0);
  const rerun = await cli(['rerun', bundle, '3', '--out', again]);
  expect([rerun.exitCode, rerun.stderr]).toEqual([0, '']);
  const order = ['1 cell compared: no change', 'Which step got through', '1 expected, 0 unexpected'].map(
    (words) => rerun.stdout.indexOf(words),
  );
  expect(order).toEqual([...order].sort((a, b) => a - b));
  expect(order[0]).toBeGreaterThan(0);
  const { cells, run } = resultIn(again);
  expect(cells.map(({ id, traversedAt }) => [id, traversedAt])).toEqual([['3/register/aes', 3]]);
  expect([run.plan.steps, run.plan.suites]).toEqual([[2, 3], ['aes']]);
  expect(existsSync(join(again, 'report.html'))).toBe(true);
});
