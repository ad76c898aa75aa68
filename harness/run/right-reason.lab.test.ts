import { join } from 'node:path';
import { builtInCatalogue } from '../../firewalls/catalogue';
import type { AttemptResult, RunResult } from '../judge/result';
import { netns } from '../lab/netns';
import type { LabFaults } from '../lab/ims-lab';
import { makePlan } from '../plan/plan';
import { temporaryFolder } from '../testing/cli';
import { run } from './run';

/**
 * Right-reason check: if the lab itself is at fault, an attempt that the firewall would have let through is
 * `failed`, and never `blocked`. An attempt that the firewall does drop stays blocked by its own rule.
 */

const folder = temporaryFolder();

async function runWith(
  name: string,
  scenario: string,
  faults: LabFaults,
  firewalls = ['0', '7', '8', '9'],
): Promise<RunResult> {
  const plan = makePlan({
    catalogue: builtInCatalogue,
    firewalls: builtInCatalogue.filter(({ id }) => firewalls.includes(id)),
    scenarios: [scenario],
    suites: ['aes', 'null'],
    steps: [2, 3],
    patience: 'evidence',
    timers: 'rfc',
    ladder: 'all',
    repeat: 1,
  });
  const out = join(folder, name);
  return run({
    plan,
    backend: netns,
    out,
    reporter: {},
    versions: Promise.resolve({}),
    command: [],
    tool: Promise.resolve({ version: '' }),
    faults,
  });
}

/** Returns the attempts that would have passed if the lab had been sound. */
function wouldPass(result: RunResult, which: (attempt: AttemptResult) => boolean): AttemptResult[] {
  const attempts = result.cells.flatMap((cell) => cell.attempts);
  return attempts.filter((attempt) => attempt.expected === 'passed' && which(attempt));
}

const summary = (attempts: readonly AttemptResult[]): string[] => [
  ...new Set(attempts.map(({ verdict, witness }) => `${verdict} ${witness.code}`)),
];

it('a stopped P-CSCF is a failure of the lab', async () => {
  const result = await runWith('stopped', 'register', { stopped: ['pcscf'] });
  const direct = wouldPass(result, ({ via }) => via !== 'connect:443');
  // Nothing listens, so the host answers UDP with ICMP port unreachable and TCP with a reset.
  expect(summary(direct)).toEqual(['failed UNREACHABLE', 'failed CONNECTION_REFUSED']);
  const tunnelled = wouldPass(result, ({ via }) => via === 'connect:443');
  // Type 8 passes both suites, and type 9 only AES, since it would block the NULL suite.
  expect(tunnelled.map(({ id }) => id)).toEqual([
    '8/register/aes/3-connect:443',
    '8/register/null/3-connect:443',
    '9/register/aes/3-connect:443',
  ]);
  expect(summary(tunnelled)).toEqual(['failed PROXY_BAD_GATEWAY']);
  // Type 9 would drop a readable REGISTER, but none was ever sent, so there is no proof and no block.
  const null9 = result.cells
    .find(({ id }) => id === '9/register/null')
    ?.attempts.find(({ via }) => via === 'connect:443');
  expect(null9?.verdict).toBe('failed');
  expect(result.claims.filter(({ verdict }) => verdict === 'contradicted')).toEqual([]);
});

it('a wrong certificate is a failure of the lab', async () => {
  const result = await runWith('wrong-name', 'register', {
    certificateNames: { pcscf: 'somebody.else.example' },
  });
  const inTls = wouldPass(result, ({ via }) => via !== 'udp:5060');
  expect(inTls.length).toBeGreaterThan(5);
  expect(summary(inTls)).toEqual(['failed CERTIFICATE_NAME']);
  expect(inTls[0]?.evidence).toContainEqual(
    expect.objectContaining({ kind: 'certificate', reason: 'CERTIFICATE_NAME' }),
  );
});

it('a stopped TURN server is a failure of the lab', async () => {
  const result = await runWith('no-turn', 'relay', { stopped: ['turn'] });
  const verdicts = new Set(wouldPass(result, () => true).map(({ verdict }) => verdict));
  expect(verdicts).toEqual(new Set(['failed']));
});

it('a phone that trusts the interceptor is not blocked by its certificate, and contradicts I7', async () => {
  const result = await runWith('accepts', 'register', { ueTrustsInterceptor: true }, ['intercepting']);
  const tunnels = result.cells.flatMap(({ attempts }) => attempts.filter(({ via }) => via === 'connect:443'));
  const reason =
    /; proxy-intercepting re-signed TLS as "O=nimsfw-lab, CN=nimsfw-lab interception CA"; the UE accepted the certificate$/;
  // squid expects HTTP in the tunnel that it has opened, and the REGISTER is not HTTP.
  expect(tunnels.map(({ verdict, reason }) => [verdict, reason])).toEqual(
    Array.from({ length: 2 }, () => ['failed', expect.stringMatching(reason) as string]),
  );
  expect(result.claims.find(({ id }) => id === 'I7')).toMatchObject({
    verdict: 'contradicted',
    cells: ['intercepting/register/aes', 'intercepting/register/null'],
  });
});
