import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { buffer, text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import type { Box } from '../../../nodes/box';
import type { Topology } from '../../../topologies/topology';
import type { StartedLab, StartedNode, StartOptions } from '../backend';
import { LabError } from '../lab-error';
import {
  besideContainer,
  endpoint,
  guestContainer,
  helper,
  mayCapture,
  nameOf,
  networkOptions,
  nodeContainer,
  routingCapabilities,
  script,
  setsOwnRoutes,
  type Guest,
  type RunIdentity,
} from './containers';
import { DockerNode, type StartBeside, type StartGuest } from './docker-node';
import { engineFailure } from './engine';
import { imageFor, type LabImage } from './images';
import { readRoutes } from './link-routes';
import { thisProcess } from './owner';
import { inParallel } from '../../../kit/at-once';
import { Program, type Opened } from './program';
import { removeRun } from './remains';
import { died, standing, startAttached } from './standing';
import { firstTaken, takenByNetworks } from './subnets';
import { planWiring, routeCommands, type NodePlan } from './wiring';

/**
 * Containers that are started at the same time. More would not be faster for the engine, and the first ones
 * would be late.
 */
const atOnce = 4;

/** The value by which another process finds a node again. */
export interface DockerHandle {
  readonly run: RunIdentity;
  /** Ids of the containers by node. */
  readonly containers: Readonly<Record<string, string>>;
}

/** A lab of containers. */
export class DockerLab implements StartedLab {
  readonly run: RunIdentity = { id: randomBytes(4).toString('hex'), owner: thisProcess() };
  private readonly byId = new Map<string, DockerNode>();
  private readonly standing: ReadonlyMap<string, Deferred>;
  /** Containers and networks that are being made. The removal waits for them. */
  private readonly making = new Set<Promise<unknown>>();
  private removal: Promise<void> | undefined;
  private readonly gone = goneLater();

  private constructor(
    private readonly docker: Docker,
    private readonly topology: Topology,
    private readonly options: StartOptions,
  ) {
    this.standing = new Map(topology.nodes.map(({ id }) => [id, deferred()]));
  }

  /**
   * Begins to make networks and containers, in the order of the topology. It resolves when the first node
   * stands, because the engine takes a second for each, and the first can be used while the last are made.
   *
   * @param images by every kind of box in the topology
   * @throws LabError `SUBNET_IN_USE`, `NODE_DIED`, `NOT_READY`, `INTERRUPTED`, `ENGINE_FAILED`; nothing is left
   *   then
   */
  static async start(
    docker: Docker,
    topology: Topology,
    images: ReadonlyMap<string, LabImage>,
    options: StartOptions,
  ): Promise<DockerLab> {
    const lab = new DockerLab(docker, topology, options);
    lab.build(images).catch((error: unknown) => lab.fail(error));
    try {
      await lab.stands(topology.nodes[0]!.id);
      return lab;
    } catch (error) {
      await lab[Symbol.asyncDispose]();
      throw error;
    }
  }

  get handle(): DockerHandle {
    const containers = [...this.byId].map(([id, { container }]) => [id, container.id] as const);
    return { run: this.run, containers: Object.fromEntries(containers) };
  }

  async stands(id: string): Promise<StartedNode> {
    await (this.standing.get(id)?.promise ?? Promise.resolve());
    return this.node(id);
  }

  node(id: string): StartedNode {
    const found = this.byId.get(id);
    if (!found) throw new LabError('UNKNOWN_NODE', `there is no node ${id}; nimsfw ps lists them`);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.removal ??= (async () => {
      await Promise.allSettled(this.making);
      try {
        await removeRun(this.docker, this.run.id);
      } finally {
        this.gone.abort();
      }
    })();
    await this.removal;
  }

  private async build(images: ReadonlyMap<string, LabImage>): Promise<void> {
    const { networks, nodes } = planWiring(this.topology);
    const made = new Map<string, Promise<void>>();
    const network = async (id: string): Promise<void> => {
      const plan = networks.find((one) => one.id === id)!;
      const making = made.get(id) ?? this.make(() => this.createNetwork(plan));
      made.set(id, making);
      await making;
    };
    await inParallel(nodes, atOnce, async (plan) => {
      if (this.options.signal?.aborted)
        throw new LabError(
          'INTERRUPTED',
          'stopped before the lab stood, and nothing of it is left; start again',
        );
      await Promise.all(plan.attachments.map((at) => network(at.network)));
      await this.make(() => this.startNode(plan, images.get(plan.spec.kind)!));
      this.standing.get(plan.spec.id)!.resolve();
    });
  }

  /** Rejects the promises of all nodes with the reason why they will not come. */
  private fail(error: unknown): void {
    for (const { reject } of this.standing.values()) reject(error);
  }

  private async createNetwork(plan: Parameters<typeof networkOptions>[1]): Promise<void> {
    try {
      await this.docker.createNetwork(networkOptions(this.run, plan));
    } catch (error) {
      // Another program has taken the subnet since it was checked.
      throw firstTaken([plan.subnet], takenByNetworks(await this.docker.listNetworks())) ?? error;
    }
  }

  private async startNode(plan: NodePlan, image: LabImage): Promise<void> {
    const { spec, attachments } = plan;
    const box = this.options.boxes.of(spec.kind);
    const container = await this.docker.createContainer(
      nodeContainer(this.run, plan, box, image, this.options.names, this.options.resolver),
    );
    for (const { network, given } of attachments.slice(1))
      await this.docker
        .getNetwork(nameOf(this.run, network))
        .connect({ Container: container.id, EndpointConfig: endpoint(given) });
    const channel = await startAttached(container, spec.id, this.gone.signal);
    const [said] = await Promise.all([standing(channel, spec.id), this.setRoutes(plan, container)]);
    const beside: StartBeside = (argv, capabilities) =>
      new Program(this.openBeside(spec.id, container, argv, capabilities));
    const { outside } = box;
    const guest: StartGuest | undefined =
      outside?.from === 'image'
        ? (argv, environment) =>
            this.make(() =>
              this.startGuest(spec.id, container, box, { reference: outside.reference, argv, environment }),
            )
        : undefined;
    this.byId.set(
      spec.id,
      new DockerNode(
        spec,
        { container, channel },
        readRoutes(said),
        beside,
        mayCapture(box),
        this.gone.signal,
        guest,
      ),
    );
  }

  /** Starts a container of somebody else's image in the network of a node. */
  private async startGuest(node: string, beside: Docker.Container, box: Box, guest: Guest): Promise<Opened> {
    const container = await this.docker.createContainer(
      guestContainer(this.run, node, beside.id, box, guest),
    );
    const remedy = `see what the image does by itself: docker run ${guest.reference}`;
    const channel = await startAttached(container, node, this.gone.signal, remedy);
    return { container, channel };
  }

  /** Sets the routes of a node that may not set them itself. */
  private async setRoutes(plan: NodePlan, container: Docker.Container): Promise<void> {
    const { spec, isRouted } = plan;
    if (isRouted || setsOwnRoutes(this.options.boxes.of(spec.kind))) return;
    const argv = script(...routeCommands(plan));
    const beside = await this.openBeside(spec.id, container, argv, routingCapabilities);
    const program = new Program(Promise.resolve(beside));
    const [exitCode, said] = await Promise.all([
      program.exited,
      text(program.stderr),
      buffer(program.stdout),
    ]);
    if (exitCode !== 0) throw died(spec.id, said);
  }

  private openBeside(
    id: string,
    container: Docker.Container,
    argv: readonly string[],
    capabilities: readonly string[],
  ): Promise<Opened> {
    const { docker, run, gone } = this;
    return this.make(() => openBeside(docker, run, { id, container }, { argv, capabilities }, gone.signal));
  }

  /** Makes a container or network, unless the lab is being removed. */
  private make<T>(work: () => Promise<T>): Promise<T> {
    if (this.removal)
      return Promise.reject(new LabError('LAB_ENDED', 'the lab has ended; start another with nimsfw up'));
    const made = work().catch((error: unknown) => {
      throw engineFailure(error);
    });
    this.making.add(made);
    const forget = (): boolean => this.making.delete(made);
    made.then(forget, forget);
    return made;
  }
}

/**
 * Starts a container in a node's network with a command that has rights there.
 * @param gone aborts when the container is gone
 */
export async function openBeside(
  docker: Docker,
  run: RunIdentity,
  node: { readonly id: string; readonly container: Docker.Container },
  command: { readonly argv: readonly string[]; readonly capabilities: readonly string[] },
  gone: AbortSignal,
): Promise<Opened> {
  const { argv, capabilities } = command;
  const id = `${node.id}-beside-${randomBytes(4).toString('hex')}`;
  const container = await docker.createContainer(
    besideContainer(run, id, node.container.id, imageFor(helper.kind), argv, capabilities),
  );
  const channel = await startAttached(container, node.id, gone);
  return { container, channel };
}

/** Every stream of a lab listens to it, which are more than Node takes for a leak. */
function goneLater(): AbortController {
  const gone = new AbortController();
  setMaxListeners(0, gone.signal);
  return gone;
}

interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

function deferred(): Deferred {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<void>((done, failed) => ([resolve, reject] = [done, failed]));
  // A caller that awaits this promise gets its error. An error that nobody awaits yet must not end the process.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
