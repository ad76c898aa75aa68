import { measure } from '../../../harness/run/measure';
import type { RunResult } from '../../../harness/judge/result';
import { temporaryFolder } from '../../../harness/testing/cli';
import { asTheReference, attemptsOf, verdictsOf } from '../testing/as-the-reference';
import { sipp } from './sipp';

const out = temporaryFolder();
let result: RunResult;

beforeAll(async () => {
  const choice = { scenarios: ['register', 'message', 'call'], firewalls: ['1', '6', '8'] } as const;
  const run = { ...choice, suites: ['aes'] as const, boxes: [sipp], out: `${out}/run` };
  result = await measure(run).result;
}, 300_000);

it.each(asTheReference)('through firewall %s it gets as the reference UE does', (firewall, verdicts) => {
  for (const scenario of ['register', 'message'])
    expect(verdictsOf(result, `${firewall}/${scenario}/aes`)).toEqual(verdicts);
});

it('the result says where a shim spoke TLS for it, and where one asked the proxy for the tunnel too', () => {
  const byWay = {
    'udp:5060': undefined,
    'tls:5061': ['tls'],
    'tls:443': ['tls'],
    'connect:443': ['connect', 'tls'],
  };
  for (const id of ['1/register/aes', '6/message/aes', '8/message/aes'])
    for (const { via, shims } of attemptsOf(result, id))
      expect(shims).toEqual(byWay[via as keyof typeof byWay]);
});

it('a registration that the network cannot reach is none', () => {
  expect(attemptsOf(result, '1/register/aes')[0]!.witness).toMatchObject({
    end: 'failed',
    text: 'registered, but its message to itself did not come: MESSAGE: 500 No Route To The Contact',
  });
});

it('a call is unsupported, since it has no voice', () => {
  for (const firewall of ['1', '6', '8'])
    for (const { verdict, reason } of attemptsOf(result, `${firewall}/call/aes`))
      expect([verdict, reason]).toEqual(['unsupported', 'the phone has no action call']);
});
