import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtInCatalogue } from '../../firewalls/catalogue';
import { builtInBoxes } from '../../nodes';
import { registrationRungs } from '../../ladder';
import { places, type Place } from '../../nodes/choices';
import { AccessFacts, LabFacts } from '../../nodes/lab-facts';
import { dnsmasq } from '../../nodes/dns/dns';
import { commandBox } from '../../nodes/outside/command-box';
import { environmentOf } from '../../nodes/phones/plain/driver';
import type { ServiceRequest, UeConfig } from '../../nodes/ue/protocol';
import { topologyFor } from '../../nodes/topology-for';

/** The top of the project; this file runs from `dist/harness/lab`. */
const page = readFileSync(join(__dirname, '../../..', 'docs/boxes.md'), 'utf8');

const pair = { certificate: 'a\nb\n', privateKey: 'c\nd\n' };
const user = { username: 'ada', password: 'secret' };
const secrets = {
  ...{
    trustAnchor: 'e\nf\n',
    interception: pair,
    passwordOf: () => 'secret',
    cardOf: () => ({ k: '0'.repeat(32), opc: '0'.repeat(32), amf: '0000' }),
  },
  ...{ certificates: { pcscf: pair, turn: pair }, turnUser: user, proxyUser: user, proxyUserOfUe: user },
};
const types = builtInCatalogue.filter(({ knobs }) => knobs.proxy !== 'none');
const catalogue = types.map((type) => ({
  ...type,
  knobs: { ...type.knobs, proxyAuthentication: 'basic' as const },
}));

/** The variables that somebody else's box at a place is told, over all these firewalls. */
function variablesAt(place: Place): string[] {
  const boxes = builtInBoxes.with(dnsmasq).with(commandBox(place, 'run', '/'));
  const box = boxes.of(place);
  const facts = new LabFacts(topologyFor(catalogue, catalogue, boxes), boxes, secrets, catalogue);
  return facts.topology.nodes
    .filter(({ kind }) => kind === place)
    .flatMap((node) => {
      const firewall = catalogue.find(({ id }) => id === node.firewall);
      const access = firewall && new AccessFacts(firewall, facts.topology);
      const config = box.config.parse(
        box.configure(facts, { node, interfaceOf: () => 'eth0', ...(access ? { access } : {}) }),
      );
      return Object.keys(box.environment!(config, `/run/nimsfw/${node.id}`));
    });
}

/** The sections of the page, by place; that on every box has what is not repeated in each. */
const sections: Readonly<Record<Place, string>> = {
  ue: 'A phone',
  pcscf: 'A P-CSCF',
  'ims-core': 'An IMS core',
  turn: 'A TURN server',
  proxy: 'A web proxy',
  firewall: 'A firewall',
  peer: 'A peer',
  dns: 'A name server',
};

/** The variables that a section names, whole or up to the `...` of a name that is not. */
const namedIn = (title: string): string[] => {
  const [, section = ''] = page.split(`\n## ${title}\n`);
  const [text = ''] = section.split('\n## ');
  return [...text.matchAll(/`(NIMSFW_[A-Z_]*)(?:\.\.\.)?`/g)].map(([, name]) => name!);
};

/** What a plain phone is told of any attempt. */
function variablesOfAttempts(): string[] {
  const server = { name: 'pcscf.example', address: '192.0.2.1' };
  const config = { pcscf: server, turn: server } as unknown as UeConfig;
  const dialog = { callId: 'a', localTag: 'b', remoteTag: 'c' };
  const request: ServiceRequest = {
    ...{ attempt: '0/arrive/aes/3-tls:443', ...registrationRungs[3]!, suite: 'aes' },
    ...{ mediaMs: 1, bytes: 1, idleMs: 1, idleTimes: 1 },
    transfers: { ...dialog, by: 'replaces', sti: 'd' },
    subscriber: { domain: 'a', impi: 'b', impu: 'c', password: 'd' },
  };
  return Object.keys(environmentOf('arrive', request, config));
}

const everywhere = namedIn('What every box has to do');
const toldAt = (place: Place): string[] => [
  ...variablesAt(place),
  ...(place === 'ue' ? variablesOfAttempts() : []),
];

test.each(places)('docs/boxes.md has every variable that a box at %s is told, and no other', (place) => {
  const named = namedIn(sections[place]);
  const told = toldAt(place);
  expect(told.length).toBeGreaterThan(2);
  const known = [...everywhere, ...named, ...(place === 'peer' ? namedIn(sections.ue) : [])];
  const isNamed = (name: string): boolean =>
    known.some((one) => (one.endsWith('_') ? name.startsWith(one) : name === one));
  expect(told.filter((name) => !isNamed(name))).toEqual([]);
  const isTold = (name: string): boolean =>
    told.some((one) => (name.endsWith('_') ? one.startsWith(name) : one === name));
  expect(named.filter((name) => !everywhere.includes(name) && !isTold(name))).toEqual([]);
});
