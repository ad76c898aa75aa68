import { join } from 'node:path';
import { invariants } from '../firewalls/invariants';
import type { RunResult } from '../harness/judge/result';
import { cli, resultIn, temporaryFolder } from '../harness/testing/cli';
import { measured, passedAttempt, planOf, testCells } from './testing/cells';
import { scenarios } from '.';

/**
 * The table and the services in containers. Each attempt is expected to end as in namespaces (`table.lab.test.ts`,
 * `services.lab.test.ts`), by the same rules. So the two backends agree, and neither is measured by the other.
 */

const played = scenarios.map(({ id }) => id);
const folder = temporaryFolder();
const plan = planOf(played);

let result: RunResult;
let exitCode: number | null;

beforeAll(async () => {
  const out = join(folder, 'all');
  const run = await cli([
    ...['run', ...played, '--media-seconds', '1', '--idle-seconds', '3'],
    ...['--backend', 'docker', '--out', out, '--reporter', 'json'],
  ]);
  expect(run.stderr).toBe('');
  result = resultIn(out);
  exitCode = run.exitCode;
});

testCells(plan, () => result);

it('confirms every claim but the one that is on IMS AKA', () => {
  expect(result.claims.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(
    invariants.map(({ id }) => `${id} ${id === 'I14' ? 'untested' : 'confirmed'}`),
  );
  expect(exitCode).toBe(0);
});

it.each([
  ['by UDP', '1/keepalive/aes'],
  ['by TLS', '6/keepalive/aes'],
  ['by CONNECT', '8/keepalive/aes'],
])('connections %s outlive the idle time-out by keep-alives alone', (_, cell) => {
  const attempt = passedAttempt(result, cell);
  expect(measured(attempt, 'call-without-keep-alives')).toBe('lost');
  expect(measured(attempt, 'call-with-keep-alives')).toBe('arrived');
  expect(measured(attempt, 'relay-with-keep-alives')).toBe('works');
});

describe('what ran is in the result', () => {
  it('the digest of every image that was used', () => {
    const digests = Object.entries(result.run.versions).filter(([name]) => name.startsWith('nimsfw/'));
    const kinds = digests.map(([name]) => /^nimsfw\/([a-z-]+):0\.\d+\.\d+-[0-9a-f]{10}$/.exec(name)?.[1]);
    expect(kinds.sort()).toEqual(['firewall', 'hss', 'ims-core', 'pcscf', 'proxy', 'scc-as', 'turn', 'ue']);
    for (const [, digest] of digests) expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('the version of the engine and of every program, as the images have them', () => {
    const { versions, backend } = result.run;
    expect(backend).toBe('docker');
    const programs = [
      'docker',
      'node',
      'openssl',
      'kamailio',
      'coturn',
      'squid',
      'nftables',
      'iptables',
      'tcpdump',
    ];
    for (const program of programs)
      expect({ program, version: versions[program] }).toMatchObject({
        version: expect.stringMatching(/^\d+\.\d+/),
      });
    expect(
      Object.keys(versions)
        .filter((name) => !name.startsWith('nimsfw/'))
        .sort(),
    ).toEqual(programs.sort());
  });
});
