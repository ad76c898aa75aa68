import type Docker from 'dockerode';
import type { Boxes } from '../../../nodes/box';
import { programFile } from '../../../nodes/installation';
import type { Topology } from '../../../topologies/topology';
import type { Backend } from '../backend';
import { helper } from './containers';
import { DockerLab, type DockerHandle } from './docker-lab';
import type { EnterOrder } from './enter';
import { engineClient, engineVersion } from './engine';
import { LabError } from '../lab-error';
import { inspectImages, lookUp, type LabImage } from './images';
import { findRemains, removeRemains } from './remains';
import { requireFreeSubnets } from './subnets';

/**
 * The backend on Docker. Hosts are containers, networks are Docker's bridge networks. Everything has the label
 * `nimsfw`, and nothing without it is ever removed. It pulls and builds no image.
 */
export const docker: Backend = {
  name: 'docker',
  async start(topology, options) {
    const engine = await connect();
    const [images] = await Promise.all([
      imagesOf(engine, topology, options.boxes),
      guestsOf(engine, topology, options.boxes),
      removeRemains(engine),
    ]);
    await requireFreeSubnets(
      engine,
      topology.networks.map(({ subnet }) => subnet),
    );
    return DockerLab.start(engine, topology, images, {
      ...options,
      names: { ...nodeNames(topology), ...options.names },
    });
  },
  commandLine(handle, { id, folder }, argv, { observe = false } = {}) {
    const { run, containers } = handle as DockerHandle;
    const order: EnterOrder = { run, node: id, container: containers[id]!, folder, argv, observe };
    return [process.execPath, programFile('enter'), JSON.stringify(order)];
  },
  async versions(topology, boxes) {
    const engine = await connect();
    const images = [...(await imagesOf(engine, topology, boxes)).values()];
    const guests = await guestsOf(engine, topology, boxes);
    return Object.assign(
      { docker: await engineVersion(engine) },
      guests,
      ...images.map(({ versions, reference, digest }) => ({ ...versions, [reference]: digest })),
    ) as Record<string, string>;
  },
  async findRemains(patienceMs) {
    return findRemains(await connect(patienceMs));
  },
  async removeRemains() {
    return removeRemains(await connect());
  },
};

/** Maps each node's id to its first address, for users who type commands in a node. */
function nodeNames({ nodes }: Topology): Record<string, string> {
  return Object.fromEntries(nodes.map(({ id, interfaces }) => [id, interfaces[0]!.ip]));
}

/** @throws LabError `NO_ENGINE`, `ENGINE_FORBIDDEN`, `ENGINE_TOO_OLD` */
async function connect(patienceMs?: number): Promise<Docker> {
  const engine = engineClient(patienceMs);
  await engineVersion(engine);
  return engine;
}

/** @throws LabError `IMAGE_MISSING`, `IMAGE_OUTDATED` */
function imagesOf(engine: Docker, { nodes }: Topology, boxes: Boxes): Promise<ReadonlyMap<string, LabImage>> {
  const kinds = new Set(nodes.map(({ kind }) => kind));
  // The containers beside other nodes are made of its image.
  kinds.add(helper.kind);
  return inspectImages(engine, [...kinds], boxes);
}

/**
 * Maps each image of somebody else's that stands in the lab to its digest.
 * @throws LabError `IMAGE_MISSING`
 */
async function guestsOf(engine: Docker, { nodes }: Topology, boxes: Boxes): Promise<Record<string, string>> {
  const kinds = new Set(nodes.map(({ kind }) => kind));
  const guests = [...boxes].flatMap(({ kind, outside }) =>
    kinds.has(kind) && outside?.from === 'image' ? [{ kind, reference: outside.reference }] : [],
  );
  const digests = await Promise.all(
    guests.map(async ({ kind, reference }) => {
      const image = await lookUp(engine, reference);
      if (image) return [reference, image.Id] as const;
      throw new LabError(
        'IMAGE_MISSING',
        `the engine has no image ${reference}, which is to stand at ${kind}; docker pull ${reference}, or correct the name`,
      );
    }),
  );
  return Object.fromEntries(digests);
}
