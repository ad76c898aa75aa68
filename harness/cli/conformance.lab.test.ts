import { join } from 'node:path';
import { cli, temporaryFolder } from '../testing/cli';

/** The reference phone, the P-CSCF and the core, held against the table of rules. */

const folder = temporaryFolder();

it('nothing of what the lab says on the wire breaks a rule, in UDP, in TLS and by CONNECT', async () => {
  const out = join(folder, 'run');
  const run = await cli([
    ...['run', 'register', 'message', 'call', 'msrp', '--firewall', '0,8', '--suite', 'aes,null'],
    ...['--media-seconds', '1', '--out', out],
  ]);
  expect({ exitCode: run.exitCode, stderr: run.stderr }).toEqual({ exitCode: 0, stderr: '' });

  const { exitCode, stdout } = await cli(['conformance', out, '--json']);
  const { rules } = JSON.parse(stdout) as {
    rules: { id: string; outcome: string; held: number; breaks: unknown[] }[];
  };
  expect(rules.flatMap(({ id, breaks }) => breaks.slice(0, 1).map((first) => ({ id, first })))).toEqual([]);
  expect(exitCode).toBe(0);
  // One of each kind, so that what a kind of reader no longer finds is seen.
  const seen = rules.filter(({ held }) => held > 0).map(({ id }) => id);
  expect(seen).toEqual(
    expect.arrayContaining([
      ...['request-fields', 'answer-repeats', 'max-forwards-less', 'certificate-common-name'],
      ...['one-connect-per-connection', 'bound-on-own-connection', 'msrp-answer', 'check-attributes'],
      ...['preloaded-route', 'network-proves-itself', 'integrity-told', 'path-with-flow-token'],
    ]),
  );
});
