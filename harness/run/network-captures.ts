import type { WriteStream } from 'node:fs';
import type { StartedNode } from '../lab/backend';
import type { ImsLab } from '../lab/ims-lab';
import { Capture } from './capture';
import { passMarker } from './marker';

/** Where: at the UE, on the other side of the firewall, at the proxy. */
type Side = 'ue' | 'fw' | 'proxy';

/** What is captured of one access network: at its UE, on the other side of its firewall, and at its proxy. */
export class NetworkCaptures {
  private constructor(
    private readonly firewall: StartedNode,
    /** Each with an address to which packets of the firewall pass it. */
    private readonly captures: readonly {
      readonly side: Side;
      readonly capture: Capture;
      readonly passedTo: string;
    }[],
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
      side: Side,
      ip: string,
      output: WriteStream,
      passedTo = ip,
    ): Promise<{ side: Side; capture: Capture; passedTo: string }> => ({
      side,
      capture: await Capture.start(await stands(side), ip, output),
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
   * @returns those that are not whole, and why
   */
  async stop(): Promise<{ readonly side: Side; readonly error: Error }[]> {
    const broken: { side: Side; error: Error }[] = [];
    const targets = this.captures.map(({ passedTo }) => passedTo);
    await passMarker(this.firewall, targets, (marker) =>
      Promise.all(
        this.captures.map(async ({ side, capture }) => {
          try {
            await capture.comesTo(marker);
            await capture.stop();
          } catch (error) {
            broken.push({ side, error: error as Error });
          }
        }),
      ),
    );
    return broken;
  }
}
