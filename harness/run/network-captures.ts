import { randomUUID } from 'node:crypto';
import type { WriteStream } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { StartedNode } from '../lab/backend';
import type { ImsLab } from '../lab/ims-lab';
import { Capture } from './capture';

/** When a marker that was not seen is sent again: the kernel may keep it for a second. */
const markerAgainMs = 1500;

/** What is captured of one access network: at its UE, on the other side of its firewall, and at its proxy. */
export class NetworkCaptures {
  private constructor(
    private readonly firewall: StartedNode,
    /** Each with an address to which packets of the firewall pass it. */
    private readonly captures: readonly { readonly capture: Capture; readonly passedTo: string }[],
  ) {}

  /**
   * Resolves when they listen.
   * @param id of the firewall
   * @throws LabError when they do not
   */
  static async start(
    lab: ImsLab,
    id: string,
    outputs: { readonly ue: WriteStream; readonly core: WriteStream; readonly proxy?: WriteStream },
  ): Promise<NetworkCaptures> {
    const { access, core } = lab.topology;
    const at = access.get(id)!;
    const stands = (node: string): Promise<StartedNode> => lab.stands(`${node}-${id}`);
    const start = async (
      node: string,
      ip: string,
      output: WriteStream,
      passedTo = ip,
    ): Promise<{ capture: Capture; passedTo: string }> => ({
      capture: await Capture.start(await stands(node), ip, output),
      passedTo,
    });
    const [firewall, ...captures] = await Promise.all([
      stands('fw'),
      start('ue', at.ue, outputs.ue),
      start('fw', at.firewallOutside, outputs.core, core.pcscf),
      ...(at.proxy && outputs.proxy ? [start('proxy', at.proxy, outputs.proxy)] : []),
    ]);
    return new NetworkCaptures(firewall, captures);
  }

  /**
   * Ends them; resolves when the files are complete, with all that has passed so far: a marker is sent through each, to the
   * discard port (RFC 863), and again until it was seen, for it can be lost as well.
   * @throws LabError what was awaited, when the time has passed
   */
  async stop(): Promise<void> {
    const marker = `nimsfw-marker-${randomUUID()}`;
    const seen = Promise.all(this.captures.map(({ capture }) => capture.comesTo(marker)));
    const targets = this.captures.map(({ passedTo }) => passedTo);
    let isOver = false;
    const over = seen.then(
      () => (isOver = true),
      () => (isOver = true),
    );
    const send = async (): Promise<void> => {
      const script = 'for to; do printf %s "$0" >"/dev/udp/$to/9"; done';
      while (!isOver) {
        // A bash whose input is a socket reads its startup files, as if rshd had started it.
        await this.firewall.exec(['bash', '--norc', '-c', script, marker, ...targets]);
        // A run that is over does not wait for it.
        await Promise.race([over, delay(markerAgainMs, undefined, { ref: false })]);
      }
    };
    await Promise.all([seen, send()]);
    await Promise.all(this.captures.map(({ capture }) => capture.stop()));
  }
}
