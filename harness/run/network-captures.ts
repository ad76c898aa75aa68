import { randomUUID } from 'node:crypto';
import type { WriteStream } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { StartedNode } from '../lab/backend';
import type { ImsLab } from '../lab/ims-lab';
import { Capture } from './capture';

/** When a marker that was not seen is sent again: the kernel may keep it for a second. */
const markerAgainMs = 1500;

/** What is captured of one access network: at its UE, and on the other side of its firewall. */
export class NetworkCaptures {
  private constructor(
    private readonly firewall: StartedNode,
    private readonly ue: Capture,
    private readonly core: Capture,
    /** Addresses to which packets of the firewall pass both. */
    private readonly behind: readonly string[],
  ) {}

  /**
   * Resolves when they listen.
   * @param id of the firewall
   * @throws LabError when they do not
   */
  static async start(
    lab: ImsLab,
    id: string,
    outputs: { readonly ue: WriteStream; readonly core: WriteStream },
  ): Promise<NetworkCaptures> {
    const { access, core } = lab.topology;
    const at = access.get(id)!;
    const stands = (node: string): Promise<StartedNode> => lab.stands(`${node}-${id}`);
    const [firewall, ...captures] = await Promise.all([
      stands('fw'),
      stands('ue').then((ue) => Capture.start(ue, at.ue, outputs.ue)),
      stands('fw').then((fw) => Capture.start(fw, at.firewallOutside, outputs.core)),
    ]);
    return new NetworkCaptures(firewall, ...captures, [at.ue, core.pcscf]);
  }

  /** Path of the UE's capture on this machine. */
  get ueFile(): string {
    return this.ue.file;
  }

  /**
   * Ends them; resolves when the files are complete, with all that has passed so far: a marker is sent through both, to the
   * discard port (RFC 863), and again until it was seen, for it can be lost as well.
   * @throws LabError what was awaited, when the time has passed
   */
  async stop(): Promise<void> {
    const marker = `nimsfw-marker-${randomUUID()}`;
    const seen = Promise.all([this.ue.comesTo(marker), this.core.comesTo(marker)]);
    let isOver = false;
    const over = seen.then(
      () => (isOver = true),
      () => (isOver = true),
    );
    const send = async (): Promise<void> => {
      const script = 'for to; do printf %s "$0" >"/dev/udp/$to/9"; done';
      while (!isOver) {
        // A bash whose input is a socket reads its startup files, as if rshd had started it.
        await this.firewall.exec(['bash', '--norc', '-c', script, marker, ...this.behind]);
        // A run that is over does not wait for it.
        await Promise.race([over, delay(markerAgainMs, undefined, { ref: false })]);
      }
    };
    await Promise.all([seen, send()]);
    await Promise.all([this.ue.stop(), this.core.stop()]);
  }
}
