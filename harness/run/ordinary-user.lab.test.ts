import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { tableVerdicts } from '../judge/testing/table';
import { finished, resultIn, start, temporaryFolder, verdictsOf } from '../testing/cli';
import { ordinaryUser } from '../testing/places';

/** An ordinary user without root gets the same table, and owns what the run wrote. */

const folder = temporaryFolder();

it('gives an ordinary user the same table', async () => {
  const user = ordinaryUser(folder);
  const out = join(folder, 'out');
  const { exitCode, stderr } = await finished(
    start(user.command(['run', '--out', out, '--reporter', 'json'])),
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(verdictsOf(resultIn(out))).toEqual(tableVerdicts);
  const owners = readdirSync(out, { recursive: true }).map((name) => statSync(join(out, String(name))).uid);
  expect(new Set(owners)).toEqual(new Set([user.uid]));
});
