import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtInBoxes } from '../../nodes';
import { choices } from '../../nodes/choices';
import { buildAllImages } from '../lab/docker/build-images';
import { engineClient } from '../lab/docker/engine';
import { labThings, nothing } from '../lab/docker/testing/things';
import { cli, resultIn, temporaryFolder, verdictsOf } from '../testing/cli';

/** Boxes that one can choose in a lab of containers, and a command that does not do its work there. */

const folder = temporaryFolder();

afterEach(async () => expect(await labThings()).toEqual(nothing));

test('a phone, a web proxy and a firewall by name', async () => {
  const chosen = [choices.ue['baresip']!, choices.proxy['apache']!, choices.firewall['iptables']!];
  await buildAllImages(() => undefined, engineClient(), builtInBoxes, { chosen, nodesOnly: true });
  const out = join(folder, 'chosen');
  const boxes = ['--ue', 'baresip', '--proxy', 'apache', '--firewall-box', 'iptables'];
  const { exitCode, stderr } = await cli([
    ...['run', 'register', '--firewall', '6,8', '--suite', 'aes', '--backend', 'docker'],
    ...[...boxes, '--out', out],
  ]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const direct = ['1-udp:5060', '2-udp:5060', '2-tls:5061'];
  expect(verdictsOf(resultIn(out))).toEqual({
    ...Object.fromEntries(direct.map((way) => [`6/register/aes/${way}`, 'blocked'])),
    '6/register/aes/3-tls:443': 'passed',
    ...Object.fromEntries([...direct, '3-tls:443'].map((way) => [`8/register/aes/${way}`, 'blocked'])),
    '8/register/aes/3-connect:443': 'passed',
  });
  const stood = resultIn(out).run.boxes?.filter(({ isReference }) => !isReference);
  expect(stood?.map(({ place, name }) => `${place} ${name}`).sort()).toEqual([
    'firewall iptables',
    'proxy apache',
    'ue baresip',
  ]);
});

test('a command at the proxy that ends at once is named, and the rest of the run goes on', async () => {
  const lab = join(folder, 'nimsfw.yaml');
  writeFileSync(lab, 'proxy: { command: \'echo "no licence found" >&2; exit 7\' }\n');
  chmodSync(folder, 0o755);
  const out = join(folder, 'ended');
  const { exitCode, stderr } = await cli([
    ...['run', 'register', '--firewall', '6,8', '--suite', 'aes', '--backend', 'docker'],
    ...['--lab', lab, '--out', out],
  ]);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 2,
    stderr:
      'nimsfw: proxy-8 ended (exit 7): no licence found; look at its log; what needs it cannot be judged, the rest goes on [NODE_DIED]\n',
  });
  expect(resultIn(out).cells.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
    '6/register/aes expected',
    '8/register/aes inconclusive',
  ]);
});
