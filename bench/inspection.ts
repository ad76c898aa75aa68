import { knobsSchema } from '../firewalls/knobs';
import { FirewallLab } from '../nodes/firewall/lab/firewall-lab';
import { at, type Outcome, type Probe, type TlsTalk, type TlsTimes } from '../nodes/firewall/lab/probe';
import { median } from '../kit/statistics';
import type { Figure } from './figure';

const suites = ['aes', 'null'] as const;
const kinds = ['readable', 'none'] as const;
const rounds = 100;

const probe = (suite: TlsTalk['suite']): Probe => ({
  name: suite,
  from: 'ue',
  protocol: 'tcp',
  to: { ip: at.tls, port: 443 },
  send: [],
  tls: { suite, way: 'at once', speaks: 'client', rounds },
});

/** Connections of each kind that a firewall is set up for; those that the inspector meets first do not count. */
const atATime = 5;
const uncounted = 3;

/**
 * What the inspector of type 9 costs what it lets through: a TLS connection is set up and asks a hundred times, through a
 * firewall that reads payload and through one that differs in nothing else, in turn.
 *
 * @param connections of each kind; of each the median of its rounds counts
 */
export async function measureInspection(connections: number): Promise<Figure[]> {
  const figures = new Map<string, number[]>();
  const count = (name: string, value: number): unknown =>
    figures.set(name, [...(figures.get(name) ?? []), value]);
  await using lab = await FirewallLab.start();
  for (let counted = 0; counted < connections; counted += atATime)
    for (const payload of kinds) {
      const order = Array.from({ length: uncounted + atATime }, () => suites).flat();
      const outcomes = await lab.measureInTurn(knobsSchema.parse({ payload }), order.map(probe));
      for (const [index, suite] of order.entries()) {
        if (index < uncounted * suites.length) continue;
        const { setUp, rounds } = timesIn(outcomes[index]!);
        const how = `${suite}, ${payload === 'none' ? 'not inspected' : 'inspected'}`;
        count(`TLS set-up, ${how}`, setUp);
        count(`TLS round trip, ${how}`, median(rounds));
      }
    }
  return [...figures]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, values]) => ({ name, unit: 'ms', values }));
}

function timesIn(outcome: Outcome): TlsTimes {
  if (outcome.kind !== 'passes') throw new Error(`a TLS connection did not pass: ${outcome.kind}`);
  return JSON.parse(outcome.lastAnswer.toString()) as TlsTimes;
}
