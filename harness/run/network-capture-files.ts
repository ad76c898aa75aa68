import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { programFile } from '../../nodes/installation';
import { networkCaptureName } from '../evidence/capture-names';
import { LabError } from '../lab/lab-error';
import { notMerged, type DescribedFirewall } from './network-capture';
import type { CaptureAnswer, CaptureRequest } from './network-capture-worker';

/**
 * Makes the captures for people of a run's access networks, each once and one after the other, in a thread of its own:
 * what is measured meanwhile must not wait for it. A failure is told of and costs nothing else.
 */
export class NetworkCaptureFiles {
  /** Ids of the firewalls of whose networks one was begun. */
  private readonly begun = new Set<string>();
  private worker: Worker | undefined;
  /** Resolves when all that were begun have been made, and never rejects. */
  private last: Promise<void> = Promise.resolve();

  /**
   * @param folder the run's folder
   * @param warn called with each `CAPTURE_NOT_MERGED`
   */
  constructor(
    private readonly folder: string,
    private readonly warn: (error: LabError) => void,
  ) {}

  /** Begins to make one of a network whose captures have ended. */
  begin(firewall: DescribedFirewall): void {
    if (this.begun.has(firewall.id)) return;
    this.begun.add(firewall.id);
    this.last = this.last
      .then(() => this.make(firewall))
      .catch(async (error: unknown) => {
        await this.end();
        this.warn(notMerged(this.folder, firewall, error as Error));
      });
  }

  /** Resolves when all that were begun have been made. */
  async done(): Promise<void> {
    await this.last;
  }

  /** Makes those that are missing, of whatever was captured, and ends the thread. */
  async finish(firewalls: readonly DescribedFirewall[]): Promise<void> {
    await this.done();
    for (const firewall of firewalls)
      if (!existsSync(join(this.folder, networkCaptureName(firewall.id)))) this.begin(firewall);
    await this.done();
    await this.end();
  }

  private async end(): Promise<void> {
    await this.worker?.terminate();
    this.worker = undefined;
  }

  private async make(firewall: DescribedFirewall): Promise<void> {
    this.worker ??= new Worker(programFile('network-capture'));
    const { knobs, knobsDuring, id } = firewall;
    const request: CaptureRequest = {
      folder: this.folder,
      firewall: { id, knobs, ...(knobsDuring ? { knobsDuring } : {}) },
    };
    // The end of the thread by an error rejects this.
    const answered = once(this.worker, 'message') as Promise<[CaptureAnswer]>;
    this.worker.postMessage(request);
    const [failure] = await answered;
    if (failure) this.warn(new LabError(failure.code, failure.message));
  }
}
