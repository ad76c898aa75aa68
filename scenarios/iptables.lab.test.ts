import { join } from 'node:path';
import { z } from 'zod';
import { measure } from '../harness/run/measure';
import type { RunResult } from '../harness/judge/result';
import { temporaryFolder } from '../harness/testing/cli';
import { iptablesFirewall } from '../nodes/firewall/iptables';
import { firewallSchema } from '../firewalls/catalogue';
import { notAsExpected, planOf, testCells } from './testing/cells';
import { tableScenarios } from '.';

/** The firewall that iptables makes of the same knobs: the same table, cell by cell, and blocked by the same rules. */

const folder = temporaryFolder();
let result: RunResult;

beforeAll(async () => {
  result = await measure({ boxes: [iptablesFirewall], out: join(folder, 'table') }).result;
});

testCells(planOf(tableScenarios.map(({ id }) => id)), () => result);

const manyPorts = Array.from({ length: 40 }, (_, index) => 7000 + index);

/** What the built-in types do not ask for: more ports than iptables compares at once, an answer, a look at suites. */
const others = z.array(firewallSchema).parse([
  {
    id: 'ports',
    title: 'many ports',
    summary: 'UDP to none and TCP to none of many ports, with an answer',
    knobs: {
      napt: true,
      unsolicitedInbound: 'deny',
      protocols: ['tcp', 'udp', 'icmp'],
      udp: { only: [...manyPorts, 53] },
      tcp: { except: [...manyPorts, 5061, 3478, 5349] },
      verdict: 'reject',
    },
  },
  {
    id: 'suites',
    title: 'no NULL suites',
    summary: 'a ServerHello with a NULL suite is dropped',
    knobs: {
      napt: true,
      unsolicitedInbound: 'deny',
      nullSuites: 'deny',
      idle: 60,
      inspect80: 'http',
      inspect443: 'tls',
    },
  },
]);

it('what the built-in types do not ask for is as one reasons from the knobs', async () => {
  const run = await measure({
    boxes: [iptablesFirewall],
    catalogue: others,
    out: join(folder, 'others'),
  }).result;
  expect(notAsExpected(run)).toEqual([]);
  const rules = (firewall: string): Set<string> =>
    new Set(
      run.cells
        .filter((cell) => cell.firewall === firewall)
        .flatMap(({ attempts }) => attempts)
        .flatMap(({ verdict, evidence }) =>
          verdict === 'blocked' ? evidence.flatMap((item) => (item.kind === 'drop' ? [item.rule] : [])) : [],
        ),
    );
  expect(rules('ports')).toEqual(new Set(['udp-not-allowed', 'tcp-port-denied']));
  expect(rules('suites')).toEqual(new Set(['null-suite', 'not-http-on-80']));
});
