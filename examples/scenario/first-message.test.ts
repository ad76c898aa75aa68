import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtInCatalogue } from '../../firewalls/catalogue';
import { decideClaims } from '../../harness/judge/claims';
import { expectedStep } from '../../harness/judge/expectation';
import { rejudge } from '../../harness/judge/rejudge';
import { runResult } from '../../harness/judge/result';
import { makePlan } from '../../harness/plan/plan';
import { toMarkdown, toTerminal } from '../../harness/report';
import { attempt, cell, run } from '../../harness/report/result-fixture';
import { mergeResults } from '../../harness/run/merge';
import { planResultOf } from '../../harness/run/plan-result';
import { installation } from '../../nodes/installation';
import { scenarios } from '../../scenarios';
import { firstMessage } from './first-message';

/** All scenarios, as if this one had its line in the registry. */
const known = [...scenarios, firstMessage];

const plan = makePlan({
  ...{ catalogue: builtInCatalogue, firewalls: builtInCatalogue.filter(({ id }) => id === '6') },
  ...{ scenarios: ['message', 'first-message'], known, suites: ['aes'], steps: [1, 2, 3] },
  ...{ patience: 'evidence', timers: 'rfc', ladder: 'all', repeat: 1 },
});

const taken = { measurements: [{ name: 'message-answered-after', value: 12, unit: 'ms' }] };
const passing = attempt('3 tls:443', 'passed', taken);
const measured = run([cell('6/first-message/aes', [passing], 3)], [], { plan: planResultOf(plan) });

it('is planned as any other', () => {
  expect(plan.cells.map(({ id }) => id)).toEqual(['6/message/aes', '6/first-message/aes']);
});

it.each([
  ['0', 1], // restricts nothing
  ['1', 2], // is an NAPT, behind which the network does not find a UE of step 1
  ['6', 3], // lets TCP to web ports out, and no UDP
  ['8', 3], // lets the web proxy out only, which step 3 asks
  ['closed', null],
] as const)('of firewall %s one expects step %s of it, by its knobs', (id, step) => {
  const { knobs } = builtInCatalogue.find((firewall) => firewall.id === id)!;
  expect(expectedStep(knobs, firstMessage, 'aes', [1, 2, 3])).toBe(step);
});

it('is shown with its columns', () => {
  expect(toMarkdown(measured)).toContain('### first-message, aes\n');
  expect(toMarkdown(measured)).toMatch(/\| firewall +\| step +\| rid of it after +\|/);
  expect(toTerminal(measured, false)).toContain('rid of it after');
});

it('is shown also when its result was read again, judged again or merged', () => {
  const stored = runResult.parse(JSON.parse(JSON.stringify(measured)));
  const other = run([cell('5/first-message/aes', [passing], 3)], [], { plan: measured.run.plan });
  const shards = [stored, other].map((result, index) => ({ name: String(index), result }));
  for (const result of [stored, rejudge(stored), mergeResults(shards)])
    expect(toMarkdown(result)).toContain('rid of it after');
});

it('decides no claim, however it went', () => {
  const types = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];
  const cells = types.map((type) =>
    cell(`${type}/first-message/aes`, [attempt('3 tls:443', 'blocked')], null),
  );
  const undecided = decideClaims([]);
  expect(decideClaims(cells, known)).toEqual(undecided);
  expect(rejudge({ ...measured, cells }).claims).toEqual(undecided);
  // If the sentences of the CR were about this scenario, its cells would contradict that step 3 always gets through.
  const claimed = decideClaims(cells, [{ ...firstMessage, climbs: 'all', isClaimed: true }]);
  expect(claimed.find(({ id }) => id === 'I1')!.verdict).toBe('contradicted');
});

it('is what docs/extending.md shows', () => {
  const read = (path: string): string => readFileSync(join(installation, path), 'utf8');
  const [, code] = read('examples/scenario/first-message.ts').split(/^(?=export )/m);
  expect(read('docs/extending.md')).toContain(`\`\`\`ts\n${code}\`\`\``);
});
