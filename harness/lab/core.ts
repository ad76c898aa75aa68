import { peer } from '../../nodes/peer/peer';
import type { UeDriver } from '../../nodes/ue/ue-driver';
import type { LabTopology } from '../../topologies/lab-topology';
import { Deferred } from '../../kit/deferred';
import { startGroup } from './box-group';
import { asLabError, type BoxRunner, type RunningBox } from './box-runner';
import type { NodeProcess } from './backend';
import type { CheckUps } from './check-up';
import type { NodePrograms } from './node-programs';
import type { Outages } from './outages';

/** The parts of a lab that its core needs. */
export interface CoreContext {
  readonly topology: LabTopology;
  readonly runner: BoxRunner;
  readonly outages: Outages;
  readonly checkUps: CheckUps;
  readonly programs: NodePrograms;
  /** Kinds of boxes that are stopped when they are ready, see `LabFaults`. */
  readonly stopped: readonly string[];
}

/** The core of a lab, which stands once and which every access network uses: the servers and the other end. */
export class Core {
  /** Resolves when every node has answered or is known as an outage. */
  readonly ready: Promise<void>;
  private otherEnd: UeDriver | undefined;
  private readonly begun = new Deferred<readonly RunningBox[]>();

  constructor(private readonly context: CoreContext) {
    this.ready = this.start();
    // A caller that awaits this promise gets its error. An error that nobody awaits yet must not end the
    // process.
    this.ready.catch(() => undefined);
    this.begun.promise.catch(() => undefined);
  }

  /**
   * Resolves with a program beside a box's own when the box's program has been started, or with undefined if the box has none
   * of that name.
   * @throws LabError when a box of the core cannot be started
   */
  async companion(kind: string, name: string): Promise<NodeProcess | undefined> {
    const boxes = await this.begun.promise;
    return boxes.find((box) => box.kind === kind)?.companions.get(name);
  }

  /**
   * Resolves with the other end of calls, messages and sessions when it is registered and answers, which needs
   * a ready core.
   * @throws LabError `UE_REQUEST` when it cannot register, or the reason why the core is not ready
   */
  async attendingPeer(): Promise<UeDriver> {
    await this.ready;
    await asLabError(peer.kind, this.otherEnd!.attend());
    return this.otherEnd!;
  }

  private async start(): Promise<void> {
    const { topology, runner, outages } = this.context;
    const nodes = [...topology.core.values()];
    const group = startGroup(runner, nodes, topology.core.get(peer.kind)!);
    const starting = Promise.all([group.ue, ...group.started]);
    const [ue, ...boxes] = await starting.catch((error: Error) => {
      // If one of the boxes cannot be started, nobody can check whether the others are ready.
      for (const { id } of nodes) outages.tell(id, error);
      this.begun.reject(error);
      throw error;
    });
    this.otherEnd = ue;
    this.begun.resolve(boxes);
    const stands = async ({ id, ready }: RunningBox): Promise<void> => {
      try {
        await ready;
      } catch (error) {
        outages.tell(id, error as Error);
        throw error;
      }
    };
    // All boxes are awaited, also after one has failed: attempts that need only the others go on.
    const ended = await Promise.allSettled(boxes.map(stands));
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
    await this.stopSome(boxes);
  }

  private async stopSome(boxes: readonly RunningBox[]): Promise<void> {
    const { stopped, checkUps, programs } = this.context;
    for (const { id, kind, process } of boxes) {
      if (!stopped.includes(kind)) continue;
      checkUps.silence(id);
      await programs.stop(process);
    }
  }
}
