import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SuiteId } from '../../ladder';
import { installation } from '../../nodes/installation';
import { plainPhone } from '../../nodes/phones/plain/plain';
import type { RunResult } from '../judge/result';
import { temporaryFolder } from '../testing/cli';
import { measure } from './measure';

const folder = temporaryFolder();
const examples = join(installation, 'examples/phone');

/** Measures a phone of somebody else's: a shell script that may call the honest one of the examples. */
const measured = (
  name: string,
  script: string,
  firewalls: readonly string[] = ['0', '1'],
  suite: SuiteId = 'aes',
): Promise<RunResult> =>
  measure({
    scenarios: ['register'],
    suites: [suite],
    firewalls,
    boxes: [{ ...plainPhone(['bash', '-c', script], examples), name }],
    out: join(folder, name),
  }).result;

const attemptsOf = ({ cells }: RunResult) => cells.flatMap(({ attempts }) => attempts);

it('a phone of thirty lines of shell is measured, with the rule where it is blocked', async () => {
  const result = await measured('honest', 'exec ./shell-phone.sh', ['3', '8']);
  expect(attemptsOf(result).map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([
    '3/register/aes/1-udp:5060 blocked',
    '3/register/aes/2-udp:5060 blocked',
    '3/register/aes/2-tls:5061 blocked',
    '3/register/aes/3-tls:443 passed',
    '8/register/aes/1-udp:5060 blocked',
    '8/register/aes/2-udp:5060 blocked',
    '8/register/aes/2-tls:5061 blocked',
    '8/register/aes/3-tls:443 blocked',
    // It has no CONNECT, and says so by its exit status.
    '8/register/aes/3-connect:443 unsupported',
  ]);
  expect(result.run.outages).toBeUndefined();
  // What it did in its proof does not lie about in the folder of the run.
  expect(readdirSync(join(folder, 'honest'))).not.toContain('proof');
}, 200_000);

it('one that takes another TLS suite than it is asked for is told to have done so, and shows nothing of the NULL suite', async () => {
  const script =
    '[ "$NIMSFW_TRANSPORT" = tls ] || exit 127; export NIMSFW_SUITE=modern; exec ./shell-phone.sh';
  const told = async (suite: SuiteId): Promise<string> => {
    const { cells, run } = await measured(`stubborn-${suite}`, script, ['6'], suite);
    expect(run.outages).toBeUndefined();
    const { step, via, verdict, reason } = cells[0]!.attempts.at(-1)!;
    return `${step} ${via} ${verdict}: ${reason}`;
  };
  expect(await told('aes')).toBe(
    '3 tls:443 passed: got through, with TLS_AES_256_GCM_SHA384 in place of TLS_RSA_WITH_AES_128_CBC_SHA',
  );
  expect(await told('null')).toBe(
    '3 tls:443 unsupported: it took TLS_AES_256_GCM_SHA384, which shows nothing of TLS_RSA_WITH_NULL_SHA',
  );
}, 200_000);

const known = '[ "$NIMSFW_ACTION" = register ] || exit 127';
it.each([
  [
    'nonsense',
    'exit 0',
    'asked for an action that does not exist it answered "passed", not "unsupported" (127 of a plain phone)',
  ],
  [
    'unwilling',
    'echo I have no line >&2; exit 3',
    'asked for an action that does not exist it answered "failed" (I have no line), not "unsupported" (127 of a plain phone)',
  ],
  [
    'liar',
    `${known}; ./shell-phone.sh; exit 0`,
    'on a network that lets nothing through it answered "passed" at closed/register/aes/1-udp:5060',
  ],
  [
    'silent',
    `${known}; exit 0`,
    'on a network that lets everything through nothing of it got through: at 0/register/aes/1-udp:5060 it answered "passed", and no answer had come to it',
  ],
  [
    'unable',
    `${known}; echo no line >&2; exit 1`,
    'on a network that lets everything through nothing of it got through: at 0/register/aes/1-udp:5060 it answered "failed" (no line)',
  ],
])(
  'nothing is judged of a phone that is %s',
  async (name, script, breach) => {
    const result = await measured(name, script);
    const attempts = attemptsOf(result);
    expect(attempts).toHaveLength(8);
    for (const { verdict } of attempts) expect(verdict).toBe('inconclusive');
    const out = join(folder, name);
    const [outage, ...more] = result.run.outages ?? [];
    expect(more).toEqual([]);
    expect(outage).toMatchObject({
      node: 'ue',
      code: 'CONTRACT_BROKEN',
      text: `${name} breaks the contract of docs/boxes.md: ${breach}; ${join(out, 'proof')} has what it did`,
    });
    expect(readdirSync(join(out, 'proof/captures'))).toContain('0-ue-side.pcap');
  },
  100_000,
);
