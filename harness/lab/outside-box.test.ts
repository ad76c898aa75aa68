import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtInCatalogue } from '../../firewalls/catalogue';
import { builtInBoxes } from '../../nodes';
import type { Place } from '../../nodes/choices';
import { AccessFacts, LabFacts } from '../../nodes/lab-facts';
import { commandBox } from '../../nodes/outside/command-box';
import { topologyFor } from './topology-for';

/** The top of the project; this file runs from `dist/harness/lab`. */
const page = readFileSync(join(__dirname, '../../..', 'docs/boxes.md'), 'utf8');

const pair = { certificate: 'a\nb\n', privateKey: 'c\nd\n' };
const user = { username: 'ada', password: 'secret' };
const secrets = {
  ...{ trustAnchor: 'e\nf\n', interception: pair, passwordOf: () => 'secret' },
  ...{ certificates: { pcscf: pair, turn: pair }, turnUser: user, proxyUser: user, proxyUserOfUe: user },
};
const types = builtInCatalogue.filter(({ knobs }) => knobs.proxy !== 'none');
const catalogue = types.map((type) => ({
  ...type,
  knobs: { ...type.knobs, proxyAuthentication: 'basic' as const },
}));

/** The variables that somebody else's box at a place is told, over all these firewalls. */
function variablesAt(place: Place): string[] {
  const boxes = builtInBoxes.with(commandBox(place, 'run', '/'));
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

const servers = ['pcscf', 'ims-core', 'turn', 'proxy', 'firewall'] as const;

test.each(servers)('docs/boxes.md has every variable that a box at %s is told', (place) => {
  const told = variablesAt(place).filter((name) => !name.startsWith('NIMSFW_KNOBS_'));
  expect(told.length).toBeGreaterThan(2);
  for (const name of told) expect(page).toContain(`\`${name}\``);
});

test('docs/boxes.md names no variable that no box is told', () => {
  const told = new Set(servers.flatMap(variablesAt));
  const [section = ''] = page.split('## What it has to do');
  for (const [, name] of section.matchAll(/`(NIMSFW_[A-Z_]*[A-Z])`/g))
    expect([name, told.has(name!)]).toEqual([name, true]);
});
