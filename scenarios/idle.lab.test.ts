import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { cli, resultIn, temporaryFolder } from '../harness/testing/cli';
import { notAsExpected } from './testing/cells';

/**
 * A firewall whose idle time-out is shorter than a call, whose signalling is silent while it talks. The keep-alives
 * that the P-CSCF recommends (RFC 6223) hold the flow, whether it is a binding of UDP, a connection or a tunnel.
 */

const forgetting = { napt: true, unsolicitedInbound: 'deny', idle: 4 };
/** Each firewall leaves only one way open, so that the calls talk side by side. */
const knobs = {
  udp: { ...forgetting, tcp: 'none' },
  tls: { ...forgetting, udp: 'none', tcp: { only: [443] } },
  tunnel: { ...forgetting, proxy: 'mandatory' },
};
const folder = temporaryFolder();

it('a call outlives the memory of the firewall', async () => {
  const catalogue = join(folder, 'forgetting.yaml');
  const firewalls = Object.entries(knobs).map(([id, vector]) => ({
    ...{ id, title: id, summary: id, knobs: vector },
  }));
  writeFileSync(catalogue, stringify({ firewalls }, { aliasDuplicateObjects: false }));
  const out = join(folder, 'run');
  const { exitCode, stderr } = await cli([
    ...['run', 'call', '--media-seconds', '5', '--suite', 'aes', '--step', '2,3'],
    ...['--catalogue', catalogue, '--reporter', 'json', '--out', out],
  ]);
  const result = resultIn(out);
  const passed = result.cells.flatMap(({ attempts }) =>
    attempts.filter(({ verdict }) => verdict === 'passed').map(({ id }) => id),
  );
  expect({ exitCode, stderr, not: notAsExpected(result) }).toEqual({ exitCode: 0, stderr: '', not: [] });
  expect(passed).toEqual([
    'udp/call/aes/2-udp:5060',
    'tls/call/aes/3-tls:443',
    'tunnel/call/aes/3-connect:443',
  ]);
});
