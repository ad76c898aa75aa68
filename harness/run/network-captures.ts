import type { WriteStream } from 'node:fs';
import { groupBy } from '../../kit/group-by';
import type { Boxes } from '../../nodes/box';
import { firewallNode } from '../../nodes/firewall/firewall';
import { pcscf } from '../../nodes/pcscf/pcscf';
import { accessAddresses, accessNodes } from '../lab/access-network';
import type { StartedNode } from '../lab/backend';
import type { ImsLab } from '../lab/ims-lab';
import { Capture } from './capture';
import { passMarker } from './marker';

/** The captures of one access network: at its UE, on the other side of its firewall, and at its proxy. */
export class NetworkCaptures {
  private constructor(private readonly captures: readonly OneCapture[]) {}

  /**
   * Starts the captures and resolves when all of them listen.
   * @param id of the firewall
   * @param boxes the boxes of the lab
   * @throws LabError when one of them does not
   */
  static async start(
    lab: ImsLab,
    id: string,
    boxes: Boxes,
    outputs: { readonly ue: WriteStream; readonly core: WriteStream; readonly proxy?: WriteStream },
  ): Promise<NetworkCaptures> {
    const nodes = accessNodes(lab.topology, id);
    const at = accessAddresses(lab.topology, id);
    const [firewall, ue, beyond] = await Promise.all(
      [nodes.firewall, nodes.ue, pcscf.kind].map((node) => lab.stands(node)),
    );
    // Somebody else's firewall sends nothing for the lab, so its neighbours send the markers to it.
    const isOurs = boxes.of(firewallNode.kind).denials !== 'observed';
    const start = async (
      ip: string,
      output: WriteStream,
      node: StartedNode,
      marked: Marked,
    ): Promise<OneCapture> => ({
      node: node.id,
      capture: await Capture.start(node, ip, output),
      marked,
    });
    const fromInside = (to: string): Marked => ({ from: isOurs ? firewall! : ue!, to });
    const captures = await Promise.all([
      start(at.ue, outputs.ue, ue!, fromInside(isOurs ? at.ue : at.firewallInside)),
      start(
        at.firewallOutside,
        outputs.core,
        firewall!,
        isOurs
          ? { from: firewall!, to: lab.addressOf(pcscf.kind) }
          : { from: beyond!, to: at.firewallOutside },
      ),
      ...(nodes.proxy && at.proxy && outputs.proxy
        ? [start(at.proxy, outputs.proxy, await lab.stands(nodes.proxy), fromInside(at.proxy))]
        : []),
    ]);
    return new NetworkCaptures(captures);
  }

  /**
   * Ends the captures and resolves when the files are complete. A marker is sent through each, so that it has
   * every packet up to now.
   * @returns the captures that are incomplete, and why
   */
  async stop(): Promise<{ readonly node: string; readonly error: Error }[]> {
    const broken: { node: string; error: Error }[] = [];
    const senders = groupBy(this.captures, ({ marked }) => marked.from.id);
    await Promise.all(
      [...senders.values()].map((captures) =>
        passMarker(
          captures[0]!.marked.from,
          captures.map(({ marked }) => marked.to),
          (marker) =>
            Promise.all(
              captures.map(async ({ node, capture }) => {
                try {
                  await capture.comesTo(marker);
                  await capture.stop();
                } catch (error) {
                  broken.push({ node, error: error as Error });
                }
              }),
            ),
        ),
      ),
    );
    return broken;
  }
}

/** A running capture, and the packets that have to pass it to show how far it has come. */
interface OneCapture {
  /** Id of the node. */
  readonly node: string;
  readonly capture: Capture;
  readonly marked: Marked;
}

/** A node, and an address to which its packets pass a capture. */
interface Marked {
  readonly from: StartedNode;
  readonly to: string;
}
