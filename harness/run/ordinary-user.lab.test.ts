import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cli, finished, resultIn, start, temporaryFolder, verdictsOf } from '../testing/cli';
import { ordinaryUser } from '../testing/places';

/** An ordinary user without root gets the same table, and owns what the run wrote. */

const [mine, theirs] = [temporaryFolder(), temporaryFolder()];

it('gives an ordinary user the same table', async () => {
  const user = ordinaryUser(theirs);
  const out = join(theirs, 'out');
  const runs = await Promise.all([
    cli(['run', '--out', mine, '--reporter', 'json']),
    finished(start(user.command(['run', '--out', out, '--reporter', 'json']))),
  ]);
  expect(runs.map(({ exitCode, stderr }) => ({ exitCode, stderr }))).toEqual([
    { exitCode: 0, stderr: '' },
    { exitCode: 0, stderr: '' },
  ]);
  const verdicts = verdictsOf(resultIn(out));
  expect(Object.keys(verdicts).length).toBeGreaterThan(200);
  expect(verdicts).toEqual(verdictsOf(resultIn(mine)));
  const owners = readdirSync(out, { recursive: true }).map((name) => statSync(join(out, String(name))).uid);
  expect(new Set(owners)).toEqual(new Set([user.uid]));
});
