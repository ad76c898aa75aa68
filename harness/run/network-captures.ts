import type { WriteStream } from 'node:fs';
import { pcscf } from '../../nodes/pcscf/pcscf';
import { accessAddresses, accessNodes } from '../lab/access-network';
import type { StartedNode } from '../lab/backend';
import type { ImsLab } from '../lab/ims-lab';
import { Capture } from './capture';
import { passMarker } from './marker';

/** The captures of one access network: at its UE, on the other side of its firewall, and at its proxy. */
export class NetworkCaptures {
  private constructor(
    private readonly firewall: StartedNode,
    /** `passedTo` is an address whose packets from the firewall pass the capture. */
    private readonly captures: readonly {
      /** Id of the node. */
      readonly node: string;
      readonly capture: Capture;
      readonly passedTo: string;
    }[],
  ) {}

  /**
   * Starts the captures and resolves when all of them listen.
   * @param id of the firewall
   * @throws LabError when one of them does not
   */
  static async start(
    lab: ImsLab,
    id: string,
    outputs: { readonly ue: WriteStream; readonly core: WriteStream; readonly proxy?: WriteStream },
  ): Promise<NetworkCaptures> {
    const nodes = accessNodes(lab.topology, id);
    const at = accessAddresses(lab.topology, id);
    const start = async (
      node: string,
      ip: string,
      output: WriteStream,
      passedTo = ip,
    ): Promise<{ node: string; capture: Capture; passedTo: string }> => ({
      node,
      capture: await Capture.start(await lab.stands(node), ip, output),
      passedTo,
    });
    const [firewall, ...captures] = await Promise.all([
      lab.stands(nodes.firewall),
      start(nodes.ue, at.ue, outputs.ue),
      start(nodes.firewall, at.firewallOutside, outputs.core, lab.addressOf(pcscf.kind)),
      ...(nodes.proxy && at.proxy && outputs.proxy ? [start(nodes.proxy, at.proxy, outputs.proxy)] : []),
    ]);
    return new NetworkCaptures(firewall, captures);
  }

  /**
   * Ends the captures and resolves when the files are complete. A marker is sent through each, so that it has
   * every packet up to now.
   * @returns the captures that are incomplete, and why
   */
  async stop(): Promise<{ readonly node: string; readonly error: Error }[]> {
    const broken: { node: string; error: Error }[] = [];
    const targets = this.captures.map(({ passedTo }) => passedTo);
    await passMarker(this.firewall, targets, (marker) =>
      Promise.all(
        this.captures.map(async ({ node, capture }) => {
          try {
            await capture.comesTo(marker);
            await capture.stop();
          } catch (error) {
            broken.push({ node, error: error as Error });
          }
        }),
      ),
    );
    return broken;
  }
}
