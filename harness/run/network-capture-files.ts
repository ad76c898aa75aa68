import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../lab/lab-error';
import { networkCaptureName } from '../evidence/capture-names';
import { makeNetworkCapture, type DescribedFirewall } from './network-capture';

/** Makes the captures for people of a run's access networks, each once. A failure is told of and costs nothing else. */
export class NetworkCaptureFiles {
  private readonly begun = new Map<string, Promise<void>>();

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
    const { id } = firewall;
    if (this.begun.has(id)) return;
    const made = makeNetworkCapture(this.folder, firewall).catch((error: unknown) => {
      if (!(error instanceof LabError)) throw error;
      this.warn(error);
    });
    // `done` throws what is no LabError, which is a defect.
    made.catch(() => undefined);
    this.begun.set(id, made);
  }

  /** Resolves when all that were begun have been made. */
  async done(): Promise<void> {
    await Promise.all(this.begun.values());
  }

  /** Makes those that are missing, one after the other, of whatever was captured. */
  async makeMissing(firewalls: readonly DescribedFirewall[]): Promise<void> {
    await this.done();
    for (const firewall of firewalls) {
      if (existsSync(join(this.folder, networkCaptureName(firewall.id)))) continue;
      this.begin(firewall);
      await this.done();
    }
  }
}
