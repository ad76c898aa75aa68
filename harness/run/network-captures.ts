import type { WriteStream } from 'node:fs';
import type { StartedNode } from '../lab/backend';
import type { ImsLab } from '../lab/ims-lab';
import { Capture } from './capture';
import { passMarker } from './marker';

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
   * Ends them; resolves when the files are complete, with all that has passed so far: a marker is sent through each.
   * @throws LabError what was awaited, when the time has passed
   */
  async stop(): Promise<void> {
    const targets = this.captures.map(({ passedTo }) => passedTo);
    await passMarker(this.firewall, targets, (marker) =>
      Promise.all(this.captures.map(({ capture }) => capture.comesTo(marker))),
    );
    await Promise.all(this.captures.map(({ capture }) => capture.stop()));
  }
}
