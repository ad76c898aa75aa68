import { measure } from '../../../harness/run/measure';
import { check } from '../../../harness/conformance/check';
import { openRun } from '../../../harness/bundle/open-run';
import { readRun } from '../../../harness/conformance/read-run';
import { allRules } from '../../../harness/conformance/rules';
import type { RunResult } from '../../../harness/judge/result';
import { temporaryFolder } from '../../../harness/testing/cli';
import { asTheReference, attemptsOf, verdictsOf } from '../testing/as-the-reference';
import { baresip } from './baresip';

const out = temporaryFolder();
let result: RunResult;

beforeAll(async () => {
  const choice = { scenarios: ['register', 'message'], firewalls: ['1', '6', '8', 'intercepting'] } as const;
  const run = { ...choice, suites: ['aes'] as const, boxes: [baresip], out: `${out}/run` };
  result = await measure(run).result;
}, 300_000);

const ruleNamed = (name: string) => allRules.find(({ id }) => id === name)!;

it.each(asTheReference)('through firewall %s it gets as the reference UE does', (firewall, verdicts) => {
  for (const scenario of ['register', 'message'])
    expect(verdictsOf(result, `${firewall}/${scenario}/aes`)).toEqual(verdicts);
});

it('the result says where a shim asked the proxy for the tunnel', () => {
  const shims = result.cells.flatMap(({ attempts }) =>
    attempts.map(({ via, shims: by }) => [via, by] as const),
  );
  for (const [via, by] of shims) expect(by).toEqual(via === 'connect:443' ? ['connect'] : undefined);
});

it('that it takes any certificate is shown by what it then says to the proxy', () => {
  const attempt = attemptsOf(result, 'intercepting/register/aes').at(-1)!;
  expect(attempt.evidence).toContainEqual(
    expect.objectContaining({ kind: 'proxy-resigned', signedByProxyCa: 'by-key', accepted: true }),
  );
  // The proxy reads HTTP only, so the phone does not register; nothing refused it.
  expect(attempt).toMatchObject({ verdict: 'failed', expected: 'blocked' });
  expect(attempt.reason).toContain('the UE accepted the certificate');
  // I7 is about a UE that does what the CR asks of it, so that another phone cannot contradict it.
  expect(result.claims.find(({ id }) => id === 'I7')).toMatchObject({ verdict: 'untested' });
});

it('and is found by the conformance check in the packets', async () => {
  const { breaks } = check(
    ruleNamed('unknown-authority-refused'),
    await readRun(await openRun(`${out}/run`)),
  );
  expect(new Set(breaks.map(({ capture }) => capture))).toEqual(
    new Set(['captures/intercepting-ue-side.pcap']),
  );
});
