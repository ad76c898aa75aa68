import type { Boxes } from '../../nodes/box';
import { firewallNode } from '../../nodes/firewall/firewall';
import { PhoneWatch } from '../evidence/phone-watch';
import { accessAddresses, accessNodes } from '../lab/access-network';
import type { ImsLab } from '../lab/ims-lab';
import { LiveCapture } from './live-capture';
import { passMarker } from './marker';

/** The capture by which the lab observes a phone that does not tell its sockets. It is read while it runs. */
export class PhoneCapture {
  private constructor(
    private readonly capture: LiveCapture,
    readonly watch: PhoneWatch,
    /** Resolves when every packet up to now has been observed; rejects with a LabError when the capture fails. */
    readonly comesToNow: () => Promise<void>,
  ) {}

  /**
   * Starts the capture and resolves when it listens.
   * @param id of the firewall in front of the phone
   * @throws LabError when it does not
   */
  static async start(lab: ImsLab, id: string, boxes: Boxes): Promise<PhoneCapture> {
    const nodes = accessNodes(lab.topology, id);
    const at = accessAddresses(lab.topology, id);
    const [phone, firewall] = await Promise.all([lab.stands(nodes.ue), lab.stands(nodes.firewall)]);
    const capture = await LiveCapture.start(phone, at.ue);
    // A firewall that tells nothing may have no shell to send a marker with, and logs none that is sent to it.
    const isForeign = boxes.of(firewallNode.kind).denials === 'observed';
    const [from, to] = isForeign ? [phone, at.firewallInside] : [firewall, at.ue];
    return new PhoneCapture(capture, new PhoneWatch(capture.stdout, nodes.ue, at.ue), () =>
      passMarker(from, [to], (marker) => capture.comesTo(marker)),
    );
  }

  /**
   * Ends the capture. What it saw is in the capture of the phone's side, too.
   * @throws LabError `CAPTURE_BROKEN` when packets are missing in it
   */
  async stop(): Promise<void> {
    await this.capture.stop();
    await this.watch.close();
  }
}
