import { isDeepStrictEqual } from 'node:util';
import { Alias, Document, type Scalar, type YAMLMap } from 'yaml';
import type { Catalogue } from '../../../../firewalls/catalogue';
import { builtInBoxes } from '../../../../nodes';
import type { Boxes } from '../../../../nodes/box';
import { topologyFor } from '../../../../nodes/topology-for';
import { standsBehindFirewalls } from '../../../../topologies/placement';
import { networkOptions } from '../containers';
import { planWiring, type NetworkPlan } from '../wiring';
import { ofCompose, servicesOf, type Service } from './services';

const heading = ` The whole lab for docker-compose 1.29 or Compose v2; how to use it: docs/docker-compose.md.

 Generated from topologies/, firewalls/ and harness/lab/docker: do not edit. npm run docs writes it.`;

const every = 'service';

/**
 * Returns the text of docker-compose.yml, the lab with every firewall of the catalogue. The properties that all
 * services share are written once as `x-service`, and those of each sort of service as well.
 */
export function composeFile(catalogue: Catalogue, boxes: Boxes = builtInBoxes): string {
  const services = servicesOf(catalogue, boxes);
  const { networks, nodes } = planWiring(topologyFor(catalogue, catalogue, boxes));
  // Compose 1.29 reads YAML 1.1, where 13:13 is a number.
  const document = new Document({}, { version: '1.1' });
  document.commentBefore = heading;
  const asNode = (content: Service, parent?: string): YAMLMap => {
    const node = document.createNode(content, { aliasDuplicateObjects: false }) as YAMLMap;
    if (parent !== undefined) node.items.unshift(document.createPair('<<', new Alias(parent)));
    return node;
  };
  const add = (key: string, content: YAMLMap): void => {
    const name = document.createNode(key) as Scalar;
    name.spaceBefore = document.has(`x-${every}`);
    document.add(document.createPair(name, content));
  };
  const extend = (name: string, content: Service, parent?: string): void => {
    const node = asNode(content, parent);
    node.anchor = name;
    add(`x-${name}`, node);
  };

  const ofAll = inCommon([...services.values()].map(({ service }) => service));
  extend(every, ofAll);
  const written = new Map(
    [...services].map(([name, { service }]) => [name, asNode(without(service, ofAll), every)]),
  );
  const behindFirewalls = [...boxes].filter(({ place }) => standsBehindFirewalls(place));
  for (const sort of ['core', ...behindFirewalls.map(({ kind }) => kind), 'routes']) {
    const members = [...services].filter(([, service]) => service.sort === sort);
    const ofSort = inCommon(members.map(([, { service }]) => service));
    extend(sort, without(ofSort, ofAll), every);
    for (const [name, { service }] of members) written.set(name, asNode(without(service, ofSort), sort));
  }
  add('services', asNode(Object.fromEntries(written)));
  add('networks', asNode(Object.fromEntries(networks.map((plan) => [plan.id, networkOf(plan)]))));
  const volumes = ['secrets', ...nodes.map(({ spec }) => spec.id)];
  add('volumes', asNode(Object.fromEntries(volumes.map((name) => [name, {}]))));
  return document.toString({ lineWidth: 0 });
}

/** Returns a network with the backend's options in Compose's terms. */
function networkOf(plan: NetworkPlan): Service {
  const { Driver, IPAM, Options } = networkOptions(ofCompose, plan);
  return {
    driver: Driver,
    driver_opts: Options,
    ipam: { config: IPAM!.Config!.map(({ Subnet, Gateway }) => ({ subnet: Subnet, gateway: Gateway })) },
  };
}

function inCommon([first, ...others]: readonly Service[]): Service {
  return Object.fromEntries(
    Object.entries(first ?? {}).filter(([key, value]) =>
      others.every((service) => isDeepStrictEqual(service[key], value)),
    ),
  );
}

const without = (service: Service, common: Service): Service =>
  Object.fromEntries(Object.entries(service).filter(([key]) => !(key in common)));
