import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { builtInCatalogue } from '../../firewalls/catalogue';
import type { Knobs } from '../../firewalls/knobs';
import { tableVerdicts } from '../judge/testing/table';
import { cli, resultIn, temporaryFolder, verdictsOf } from '../testing/cli';

/**
 * Mutation check: one knob of each type is flipped, and exactly the attempts that depend on it differ from the
 * table that scenarios/table.lab.test.ts measures. A verdict that does not come from the firewall would not
 * flip.
 */

interface Mutation {
  readonly firewall: string;
  readonly flip: Partial<Knobs>;
  /**
   * The attempts whose verdict must change, without the firewall's id, with the new verdict as reasoned from
   * the knob.
   */
  readonly flips: Readonly<Record<string, 'passed' | 'blocked'>>;
}

const bothSuites = (rung: string, verdict: 'passed' | 'blocked'): Mutation['flips'] => ({
  [`${rung.replace('*', 'aes')}`]: verdict,
  [`${rung.replace('*', 'null')}`]: verdict,
});

const mutations: readonly Mutation[] = [
  {
    firewall: '0',
    flip: { udp: { except: [3478] } },
    flips: bothSuites('relay/*/2-udp:3478', 'blocked'),
  },
  // Without NAPT the Contact is an address that the network's requests find.
  { firewall: '1', flip: { napt: false }, flips: bothSuites('register/*/1-udp:5060', 'passed') },
  // Type 2 is about IPsec, which no attempt with Digest uses, so the mutation takes UDP from the list.
  {
    firewall: '2',
    flip: { protocols: ['tcp', 'icmp'] },
    flips: {
      ...bothSuites('register/*/2-udp:5060', 'blocked'),
      ...bothSuites('relay/*/2-udp:3478', 'blocked'),
    },
  },
  { firewall: '3', flip: { tcp: { except: [5060] } }, flips: bothSuites('register/*/2-tls:5061', 'passed') },
  {
    firewall: '4',
    flip: { udp: { only: [53, 123, 500, 4500, 3478] } },
    flips: bothSuites('relay/*/2-udp:3478', 'passed'),
  },
  // Step 1 stays blocked: the network's requests still do not find the UE behind the NAPT.
  { firewall: '5', flip: { udp: { only: [5060] } }, flips: bothSuites('register/*/2-udp:5060', 'passed') },
  {
    firewall: '6',
    flip: { tcp: { only: [80, 443, 5349] } },
    flips: bothSuites('relay/*/2-tls:5349', 'passed'),
  },
  { firewall: '7', flip: { inspect80: 'none' }, flips: bothSuites('relay/*/3-tcp:80', 'passed') },
  // The proxy refuses ports that its policy does not name.
  {
    firewall: '8',
    flip: { connectPorts: [8443] },
    flips: {
      ...bothSuites('register/*/3-connect:443', 'blocked'),
      ...bothSuites('relay/*/3-connect:443', 'blocked'),
    },
  },
  {
    firewall: '9',
    flip: { payload: 'none' },
    flips: { 'register/null/3-connect:443': 'passed', 'relay/null/3-connect:443': 'passed' },
  },
  // Only TCP passes and there is no NAPT, so every attempt over TCP passes.
  {
    firewall: 'closed',
    flip: { protocols: ['tcp'] },
    flips: Object.assign(
      {},
      ...['register/*/2-tls:5061', 'register/*/3-tls:443', 'relay/*/2-tcp:3478', 'relay/*/2-tls:5349']
        .concat('relay/*/3-tcp:80', 'relay/*/3-tls:443')
        .map((rung) => bothSuites(rung, 'passed')),
    ) as Mutation['flips'],
  },
  {
    firewall: 'intercepting',
    flip: { proxy: 'mandatory' },
    flips: {
      ...bothSuites('register/*/3-connect:443', 'passed'),
      ...bothSuites('relay/*/3-connect:443', 'passed'),
    },
  },
];

const folder = temporaryFolder();
const mutated = join(folder, 'mutated');
let after: Record<string, string>;

beforeAll(async () => {
  const catalogue = builtInCatalogue.map((firewall) => ({
    ...firewall,
    knobs: { ...firewall.knobs, ...mutations.find((one) => one.firewall === firewall.id)?.flip },
  }));
  const file = join(folder, 'mutants.yaml');
  writeFileSync(file, stringify({ firewalls: catalogue }, { aliasDuplicateObjects: false }));
  await cli(['run', '--catalogue', file, '--out', mutated, '--reporter', 'json']);
  // The expectations follow the knobs, so each cell is as expected; claims about types may well be contradicted.
  expect(resultIn(mutated).summary).toMatchObject({ unexpected: 0, flaky: 0, inconclusive: 0, skipped: 0 });
  after = verdictsOf(resultIn(mutated));
});

it('has a mutation for every type and control', () => {
  expect(mutations.map(({ firewall }) => firewall)).toEqual(builtInCatalogue.map(({ id }) => id));
});

it.each(mutations)('type $firewall with $flip', ({ firewall, flips }) => {
  const changed = Object.keys(after).filter(
    (id) => id.startsWith(`${firewall}/`) && after[id] !== tableVerdicts[id],
  );
  expect(Object.fromEntries(changed.map((id) => [id.slice(firewall.length + 1), after[id]]))).toEqual(flips);
});
