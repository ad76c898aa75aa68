import { parse } from 'yaml';
import { z } from 'zod';
import { builtInCatalogue } from '../../firewalls/catalogue';
import { diagnose } from '../cli/doctor';
import { builtInBoxes } from '../../nodes';
import { Boxes, defineBox } from '../../nodes/box';
import { requirePrograms } from '../machine/program-checks';
import { thisMachine, type Machine } from '../machine/machine';
import { debianPackages } from './debian-packages';
import { composeFile } from './docker/compose/compose-file';
import { nodeFiles } from './docker/compose/node-files';
import { nodeContainer } from './docker/containers';
import { dockerfileOf } from './docker/dockerfile';
import { imageDefinitions } from './docker/image-definitions';
import { imageFor } from './docker/images';
import { planWiring } from './docker/wiring';
import { failureLine } from './lab-error';
import { makeSecrets } from './secrets';
import { namesOf, topologyFor } from '../../nodes/topology-for';

/** A resolver behind firewalls with a web proxy. No file but this one knows of it. */
const resolver = defineBox({
  kind: 'resolver',
  place: { idPrefix: 'dns', interfaces: [{ network: 'access', host: 9 }] },
  neededFor: ({ proxy }) => proxy !== 'none',
  ports: { dns: 5353 },
  config: z.object({ address: z.ipv4() }),
  configure: (_lab, { access }) => ({ address: access!.addressOf('resolver')! }),
  files: ({ address }) => ({ 'dnsmasq.conf': `listen-address=${address}\nport=5353\n` }),
  command: (_config, folder) => ['dnsmasq', '-k', '-C', `${folder}/dnsmasq.conf`],
  ready: ({ address }) => ({ by: 'probe', kind: 'tcp', at: { ip: address, port: 5353 } }),
  answers: () => undefined,
  logs: ['stderr'],
  trials: [
    {
      id: 'multicast',
      level: 'optional',
      script: 'ring-everybody',
      works: 'everybody hears it',
      fails: 'nobody hears it',
      remedy: 'ring louder',
    },
  ],
  capabilities: ['NET_BIND_SERVICE'],
  limits: { memory: 64 * 1024 ** 2, processes: 8 },
  programs: [
    {
      name: 'dnsmasq',
      debianPackage: 'dnsmasq-base',
      product: 'dnsmasq',
      version: { argv: ['dnsmasq', '--version'], pattern: /Dnsmasq version (\S+)/ },
    },
  ],
  image: {
    name: 'resolver',
    title: 'resolver',
    description: 'dnsmasq, as a resolver',
    user: { rootBecause: 'Docker gives added capabilities to root only' },
  },
});

/** A server of the core, with a name. */
const clock = defineBox({
  ...resolver,
  kind: 'clock',
  place: { interfaces: [{ network: 'transit', host: 60 }] },
  hostName: 'time',
  trials: [],
  configure: (lab) => ({ address: lab.addressOf('clock') }),
  answers: ({ address }) => ({ by: 'probe', kind: 'tcp', at: { ip: address, port: 5353 } }),
});

const boxes = builtInBoxes.with(resolver, clock);
const firewalls = builtInCatalogue.filter(({ id }) => ['6', '8'].includes(id));

test('the topology has it where it wants to be', () => {
  const { nodes } = topologyFor(firewalls, builtInCatalogue, boxes);
  expect(nodes.filter(({ kind }) => ['resolver', 'clock'].includes(kind))).toEqual([
    {
      id: 'clock',
      kind: 'clock',
      interfaces: [{ network: 'transit', ip: '198.19.0.60' }],
      routes: [],
      forwards: false,
    },
    {
      id: 'dns-8',
      kind: 'resolver',
      firewall: '8',
      interfaces: [{ network: 'access-8', ip: '10.89.8.9' }],
      routes: [{ to: 'default', via: '10.89.8.1' }],
      forwards: false,
    },
  ]);
});

test('everybody knows its name, and it has a certificate for that', async () => {
  const topology = topologyFor(firewalls, builtInCatalogue, boxes);
  expect(namesOf(topology, boxes)).toMatchObject({
    'time.ims.mnc001.mcc001.3gppnetwork.org': '198.19.0.60',
  });
  const { certificates } = await makeSecrets({ interception: false, boxes });
  expect(Object.keys(certificates)).toEqual(['pcscf', 'turn', 'clock']);
});

test('the compose file has it, with its rights, its readiness and its profile', () => {
  const text = composeFile(builtInCatalogue, boxes);
  const { services } = parse(text, { version: '1.1', merge: true, maxAliasCount: -1 }) as {
    readonly services: Readonly<Record<string, { readonly depends_on: unknown }>>;
  };
  expect(services['dns-8']).toMatchObject({
    image: expect.stringContaining('${NIMSFW_RESOLVER_IMAGE:-nimsfw/resolver:') as string,
    user: '0:0',
    cap_add: ['NET_BIND_SERVICE'],
    healthcheck: { test: ['CMD-SHELL', 'ss -Hltn sport = :5353 | grep -q .'] },
    profiles: ['type-8', 'all'],
  });
  expect(services['ue-8']!.depends_on).toMatchObject({ 'dns-8': { condition: 'service_healthy' } });
  expect(Object.keys(services).filter((name) => name.startsWith('dns-'))).toEqual([
    'dns-8',
    'dns-9',
    'dns-intercepting',
  ]);
  expect(services).toHaveProperty('clock');
});

test('in the compose file it gets its files, and the core is not ready without it', async () => {
  const given = nodeFiles(builtInCatalogue, await makeSecrets({ interception: true, boxes }), boxes);
  expect(given.get('dns-8')).toEqual({
    'dnsmasq.conf': 'listen-address=10.89.8.9\nport=5353\n',
    start: 'umask 077\ncp /etc/nimsfw/* .\nexec dnsmasq -k -C /run/nimsfw/dns-8/dnsmasq.conf\n',
  });
  expect(JSON.parse(given.get('peer')!['probes.json']!)).toContainEqual({
    node: 'clock',
    kind: 'tcp',
    at: { ip: '198.19.0.60', port: 5353 },
  });
});

test('it has an image with its packages, which it shares with whom it likes', () => {
  const images = imageDefinitions(boxes);
  expect(images.map(({ name }) => name)).toEqual([...imageDefinitions().map(({ name }) => name), 'resolver']);
  const text = dockerfileOf(images.at(-1)!);
  expect(text).toContain('apt-get install -qy --no-install-recommends dnsmasq-base iproute2');
  expect(imageFor('clock', boxes)).toBe(imageFor('resolver', boxes));
  expect(imageFor('turn', boxes)).toBe(imageFor('turn'));
});

test('its container has its rights and limits, and no other', () => {
  const topology = topologyFor(firewalls, builtInCatalogue, boxes);
  const plan = planWiring(topology).nodes.find(({ spec }) => spec.id === 'dns-8')!;
  const image = { reference: 'nimsfw/resolver:1', user: { uid: 0, gid: 0 } };
  expect(nodeContainer({ id: '', owner: '' }, plan, resolver, image, {}).HostConfig).toMatchObject({
    CapDrop: ['ALL'],
    CapAdd: ['NET_BIND_SERVICE'],
    Memory: 67_108_864,
    PidsLimit: 8,
  });
});

test('doctor looks for its program, and tries what it asks for', async () => {
  const machine: Machine = {
    ...thisMachine(),
    run: async (argv) => {
      const said = argv[0] === 'dnsmasq' ? 'Dnsmasq version 2.90' : 'no multicast';
      return { exitCode: argv.includes('ring-everybody') ? 1 : 0, output: said };
    },
    has: () => true,
    answers: async () => false,
  };
  const findings = await diagnose(machine, boxes);
  expect(findings).toContainEqual({ id: 'dnsmasq', ok: true, level: 'required', text: '2.90' });
  expect(findings).toContainEqual({
    id: 'multicast',
    ok: false,
    level: 'optional',
    text: 'nobody hears it: no multicast',
    remedy: 'ring louder',
  });
});

test('a run with it needs its program, and the set-up installs it', () => {
  expect(debianPackages(boxes)).toContainEqual({ name: 'dnsmasq-base', program: 'dnsmasq' });
  const machine = { ...thisMachine(), has: (program: string) => program !== 'dnsmasq' };
  const six = firewalls.filter(({ id }) => id === '6');
  expect(() => requirePrograms(six, machine, builtInBoxes.with(resolver))).not.toThrow();
  expect(() => requirePrograms(firewalls, machine, builtInBoxes.with(resolver))).toThrow(
    'the program dnsmasq is not installed; as root: apt-get install --no-install-recommends dnsmasq-base',
  );
});

function failureOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('a registry', () => {
  test('has a box of a kind that is there take its place', () => {
    const other = defineBox({ ...clock, kind: 'turn', place: builtInBoxes.of('turn').place });
    const kinds = (all: Boxes): string[] => [...all].map(({ kind }) => kind);
    expect(kinds(builtInBoxes.with(other))).toEqual(kinds(builtInBoxes));
    expect(builtInBoxes.with(other).of('turn')).toBe(other);
  });

  test('refuses two of one kind, two at one address, and a kind that it does not have', () => {
    expect(() => new Boxes([clock, clock])).toThrow('two boxes are of the kind clock; name one otherwise');
    const neighbour = defineBox({ ...clock, kind: 'neighbour' });
    expect(failureLine(failureOf(() => builtInBoxes.with(clock, neighbour)))).toBe(
      'nimsfw: the boxes clock and neighbour are both host 60 of transit; move one of them [INVALID_BOX]',
    );
    expect(() => builtInBoxes.of('clock')).toThrow(
      'no box is of the kind clock; there is pcscf, hss, ims-core, scc-as, turn, peer, firewall, ue, proxy',
    );
  });
});

test('what is forgotten does not compile', () => {
  // Each line has an error of the compiler; if one were missing, this file would not compile.
  const { place, ports, config, configure, files, command, ready, answers, logs, programs, image, ...none } =
    clock;
  const all = {
    ...none,
    place,
    ports,
    config,
    configure,
    files,
    command,
    ready,
    answers,
    logs,
    programs,
    image,
  };
  expect(defineBox(all)).toEqual(clock);
  // @ts-expect-error where it stands
  defineBox({ ...all, place: undefined });
  // @ts-expect-error what it serves
  defineBox({ ...all, ports: undefined });
  // @ts-expect-error what it is configured with
  defineBox({ ...all, config: undefined });
  // @ts-expect-error from what it is configured
  defineBox({ ...all, configure: undefined });
  // @ts-expect-error its files
  defineBox({ ...all, files: undefined });
  // @ts-expect-error its command
  defineBox({ ...all, command: undefined });
  // @ts-expect-error how it is known to be ready
  defineBox({ ...all, ready: undefined });
  // @ts-expect-error how it is asked whether it still answers
  defineBox({ ...all, answers: undefined });
  // @ts-expect-error which of its outputs are its log
  defineBox({ ...all, logs: undefined });
  // @ts-expect-error what it runs
  defineBox({ ...all, programs: undefined });
  // @ts-expect-error its image
  defineBox({ ...all, image: undefined });
});
