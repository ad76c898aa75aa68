import { join } from 'node:path';
import { builtInCatalogue } from '../firewalls/catalogue';
import type { AttemptResult, RunResult } from '../harness/judge/result';
import { makePlan } from '../harness/plan/plan';
import { cli, resultIn, temporaryFolder } from '../harness/testing/cli';
import { steps } from '../nodes/ue/ladder';
import { measured, notAsExpected, passedAttempt } from './testing/cells';
import { scenarios } from '.';

/**
 * The table and the services on both backends: what holds in a namespace has to hold in a container, for the same reason.
 * Keep-alives, which are a minute of waiting, on three networks only: one UDP, one TLS, one by CONNECT.
 */

const backends = ['netns', 'docker'] as const;
type BackendName = (typeof backends)[number];

const played = scenarios.filter(({ needsIdleTimeout }) => !needsIdleTimeout).map(({ id }) => id);
const folder = temporaryFolder();
const plan = makePlan({
  catalogue: builtInCatalogue,
  firewalls: builtInCatalogue,
  scenarios: played,
  suites: ['aes', 'null'],
  steps,
  patience: 'evidence',
  ladder: 'all',
  repeat: 1,
});

const results = {} as Record<BackendName, RunResult>;

beforeAll(async () => {
  // One after the other: each measures with the whole machine.
  for (const backend of backends) {
    const out = join(folder, backend);
    const { exitCode, stderr } = await cli([
      ...['run', ...played, '--media-seconds', '1', '--backend', backend],
      ...['--out', out, '--reporter', 'json'],
    ]);
    expect({ backend, stderr }).toEqual({ backend, stderr: '' });
    results[backend] = resultIn(out);
    expect({ backend, not: notAsExpected(results[backend]), exitCode }).toEqual({
      backend,
      not: [],
      exitCode: 0,
    });
  }
}, 600_000);

/** How an attempt ended and by what: every rule that decided against it, the proxy's refusals among them. */
function endOf({ step, via, verdict, evidence }: AttemptResult): string {
  const reasons = evidence.flatMap((item) => {
    if (item.kind === 'drop')
      return item.decisive ? [`${item.rule} in ${item.chain} of ${item.firewall}`] : [];
    if (item.kind === 'proxy-refusal') return [`${item.status} of ${item.proxy} to ${item.request.method}`];
    if (item.kind === 'proxy-resigned') return [`certificate of ${item.proxy}, ${item.signedByProxyCa}`];
    return [];
  });
  const by = verdict === 'blocked' ? ` by ${[...new Set(reasons)].sort().join(', ')}` : '';
  return `step ${step} by ${via}: ${verdict}${by}`;
}

/** A cell as a reader compares it: outcome, step, and the end of each attempt. */
function cellOf(backend: BackendName, id: string): string[] {
  const cell = results[backend].cells.find((candidate) => candidate.id === id);
  if (!cell) return ['not measured'];
  return [`${cell.outcome}, through at step ${cell.traversedAt ?? 'none'}`, ...cell.attempts.map(endOf)];
}

describe.each(builtInCatalogue.map(({ id, title }) => ({ id, title })))('firewall $id ($title)', ({ id }) => {
  it.each(plan.cells.filter(({ firewall }) => firewall === id).map((cell) => [cell.id] as const))(
    '%s ends on docker as on netns, by the same rules',
    (cellId) => {
      const [netns, docker] = [cellOf('netns', cellId), cellOf('docker', cellId)];
      // The first line, and an attempt at least.
      expect(netns.length).toBeGreaterThan(1);
      expect({ docker }).toEqual({ docker: netns });
    },
  );
});

it('decides the claims alike', () => {
  const claims = (backend: BackendName): string[] =>
    results[backend].claims.map(({ id, verdict }) => `${id} ${verdict}`);
  expect(claims('netns')).toContain('I1 confirmed');
  expect(claims('docker')).toEqual(claims('netns'));
});

it('connections outlive the idle time-out by keep-alives alone', async () => {
  const out = join(folder, 'keepalive');
  const run = ['run', 'keepalive', '--firewall', '1,6,8', '--suite', 'aes', '--idle-seconds', '3'];
  const { exitCode, stderr } = await cli([...run, '--backend', 'docker', '--out', out, '--reporter', 'json']);
  expect(stderr).toBe('');
  const result = resultIn(out);
  expect({ not: notAsExpected(result), exitCode }).toEqual({ not: [], exitCode: 0 });
  for (const type of ['1', '6', '8']) {
    const attempt = passedAttempt(result, `${type}/keepalive/aes`);
    expect(measured(attempt, 'call-without-keep-alives')).toBe('lost');
    expect(measured(attempt, 'call-with-keep-alives')).toBe('arrived');
    expect(measured(attempt, 'relay-with-keep-alives')).toBe('works');
  }
});

describe('what ran is in the result', () => {
  it('the digest of every image that was used', () => {
    const digests = Object.entries(results.docker.run.versions).filter(([name]) =>
      name.startsWith('nimsfw/'),
    );
    const kinds = digests.map(([name]) => /^nimsfw\/([a-z-]+):0\.\d+\.\d+-[0-9a-f]{10}$/.exec(name)?.[1]);
    expect(kinds.sort()).toEqual(['firewall', 'ims-core', 'pcscf', 'proxy', 'turn', 'ue']);
    for (const [, digest] of digests) expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('the version of the engine and of every program, as the images have them', () => {
    const { versions, backend } = results.docker.run;
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
