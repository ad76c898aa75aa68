import { peer } from '../../nodes/peer/peer';
import type { UeDriver } from '../../nodes/ue/ue-driver';
import type { LabTopology } from '../../topologies/lab-topology';
import { startGroup } from './box-group';
import { asLabError, type BoxRunner, type RunningBox } from './box-runner';
import type { CheckUps } from './check-up';
import type { NodePrograms } from './node-programs';
import type { Outages } from './outages';

/** What a core takes of its lab. */
export interface CoreContext {
  readonly topology: LabTopology;
  readonly runner: BoxRunner;
  readonly outages: Outages;
  readonly checkUps: CheckUps;
  readonly programs: NodePrograms;
  /** Kinds of boxes that are stopped once they are ready, see `LabFaults`. */
  readonly stopped: readonly string[];
}

/** What stands once in a lab, and every access network uses: servers, and the other end. */
export class Core {
  /** Resolves when every node has answered or is known as an outage. */
  readonly ready: Promise<void>;
  private otherEnd: UeDriver | undefined;

  constructor(private readonly context: CoreContext) {
    this.ready = this.start();
    // A caller that awaits this promise gets the rejection. Until then it must not end the process.
    this.ready.catch(() => undefined);
  }

  /**
   * The other end of calls, messages and sessions, once the core is ready: registered, and answering.
   * @throws LabError `UE_REQUEST` where it cannot register, and why the core is not ready
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
      // Without one of them, the readiness of the others cannot be checked.
      for (const { id } of nodes) outages.tell(id, error);
      throw error;
    });
    this.otherEnd = ue;
    const stands = async ({ id, ready }: RunningBox): Promise<void> => {
      try {
        await ready;
      } catch (error) {
        outages.tell(id, error as Error);
        throw error;
      }
    };
    // Of those that will be ready, each is waited for: what needs only them goes on.
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
