import { join } from 'node:path';
import type { RunResult } from '../../harness/judge/result';
import { toMarkdown } from '../../harness/report';
import { measure } from '../../harness/run/measure';
import { temporaryFolder } from '../../harness/testing/cli';
import { firstMessage } from './first-message';

const out = temporaryFolder();
let result: RunResult;

beforeAll(async () => {
  const choice = { firewalls: ['0', '6'], suites: ['aes'] } as const;
  result = await measure({ ...choice, scenarios: [firstMessage], out: join(out, 'run') }).result;
});

it.each([
  // Nothing is restricted: the first rung is enough, and no other is tried.
  ['0', ['1 udp:5060 passed'], 1],
  // Only TCP to ports 80 and 443 is open: neither SIP over UDP nor TLS on 5061 gets out
  // (TR 33.830 clause 8.3: port 443 does).
  ['6', ['1 udp:5060 blocked', '2 udp:5060 blocked', '2 tls:5061 blocked', '3 tls:443 passed'], 3],
] as const)('through firewall %s a UE climbs until it is rid of its message', (firewall, verdicts, step) => {
  const cell = result.cells.find(({ id }) => id === `${firewall}/first-message/aes`)!;
  expect(cell.attempts.map(({ step, via, verdict }) => `${step} ${via} ${verdict}`)).toEqual(verdicts);
  expect(cell).toMatchObject({ traversedAt: step, expected: step, outcome: 'expected' });
});

it('is shown with its columns, and says nothing of any claim', () => {
  expect(toMarkdown(result)).toMatch(/^\| firewall \| step \| rid of it after \|$/m);
  expect(new Set(result.claims.map(({ verdict }) => verdict))).toEqual(new Set(['untested']));
});
