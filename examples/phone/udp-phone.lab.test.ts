import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCodeOf } from '../../harness/cli/exit-code';
import type { RunResult } from '../../harness/judge/result';
import { measure } from '../../harness/run/measure';
import { temporaryFolder } from '../../harness/testing/cli';
import { installation } from '../../nodes/installation';
import { udpPhone } from './udp-phone';

const out = temporaryFolder();
let result: RunResult;

beforeAll(async () => {
  const choice = { scenarios: ['register', 'relay'], firewalls: ['0', '1', '6'], suites: ['aes'] } as const;
  result = await measure({ ...choice, boxes: [udpPhone], out: join(out, 'run') }).result;
});

const cellOf = (id: string) => result.cells.find((cell) => cell.id === id)!;
const verdictsOf = (id: string): string[] =>
  cellOf(id).attempts.map(({ step, via, verdict }) => `${step} ${via} ${verdict}`);

// The lab does not ask the phone for what it cannot do: it has no TLS and no step 3.
const inTls = ['2 tls:5061 unsupported', '3 tls:443 unsupported'];

it.each([
  // Nothing is restricted.
  ['0', ['1 udp:5060 passed', '2 udp:5060 passed'], 1],
  // RFC 3261 18.2.2: without rport the answer goes to the port in the Via, which the NAPT has given another number;
  // with it, to the port that the request came from (RFC 3581 4), and that the NAPT has mapped.
  ['1', ['1 udp:5060 blocked', '2 udp:5060 passed'], 2],
  // Only web ports are open, and those by TCP.
  ['6', ['1 udp:5060 blocked', '2 udp:5060 blocked'], null],
] as const)('through firewall %s it registers as far as UDP goes', (firewall, overUdp, traversedAt) => {
  const id = `${firewall}/register/aes`;
  expect(verdictsOf(id)).toEqual([...overUdp, ...inTls]);
  expect(cellOf(id)).toMatchObject({ traversedAt, expected: traversedAt, outcome: 'expected' });
});

it('is blocked by the rules that deny its own packets', () => {
  const reasons = ['1/register/aes', '6/register/aes'].map((id) => cellOf(id).attempts[0]!.reason);
  expect(reasons).toEqual([
    expect.stringContaining('unsolicited-inbound'),
    expect.stringContaining('udp-not-allowed'),
  ]);
});

it('is not blamed for what it cannot do', () => {
  expect(result.cells.filter(({ scenario }) => scenario === 'relay').map(({ outcome }) => outcome)).toEqual(
    Array(3).fill('unsupported'),
  );
  expect(result.summary).toMatchObject({ expected: 3, unsupported: 3, unexpected: 0, inconclusive: 0 });
  expect(exitCodeOf(result)).toBe(0);
  const claim = result.claims.find(({ id }) => id === 'I1')!;
  expect(claim).toMatchObject({
    verdict: 'untested',
    unsupported: ['0', '1', '6'].flatMap((firewall) => [`${firewall}/register/aes`, `${firewall}/relay/aes`]),
  });
});

it('docs/extending.md has its declaration as it is', () => {
  const read = (path: string): string => readFileSync(join(installation, path), 'utf8');
  const [, code] = read('examples/phone/udp-phone.ts').split(/^(?=const program)/m);
  expect(read('docs/extending.md')).toContain(`\`\`\`ts\n${code}\`\`\``);
});
