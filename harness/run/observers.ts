import type { Boxes } from '../../nodes/box';
import { firewallNode } from '../../nodes/firewall/firewall';
import { pcscf } from '../../nodes/pcscf/pcscf';
import { proxyKind } from '../../nodes/proxy/web-proxy';
import { accessAddresses, accessNodes } from '../lab/access-network';
import type { ImsLab } from '../lab/ims-lab';
import { LiveCapture } from './live-capture';
import { passMarker } from './marker';

/** What watches the boxes of an access network that do not tell the lab what they do. */
export interface Observers {
  /** The captures of both sides of a firewall that logs no rule. */
  readonly firewall?: SidesOfFirewall;
  /** The capture of a web proxy that has no log which the lab can read. */
  readonly proxy?: LiveCapture;
}

/**
 * Starts the observers of an access network, as its boxes need them; resolves when they listen.
 * @param id of the firewall
 * @throws LabError when one does not
 */
export async function startObservers(lab: ImsLab, id: string, boxes: Boxes): Promise<Observers> {
  const nodes = accessNodes(lab.topology, id);
  const at = accessAddresses(lab.topology, id);
  const isProxyObserved = at.proxy !== undefined && boxes.of(proxyKind).evidenceLog === undefined;
  const isFirewallObserved = boxes.of(firewallNode.kind).denials === 'observed';
  const [firewall, proxy] = await Promise.all([
    isFirewallObserved ? SidesOfFirewall.start(lab, id) : undefined,
    isProxyObserved ? lab.stands(nodes.proxy!).then((node) => LiveCapture.start(node, at.proxy!)) : undefined,
  ]);
  return { ...(firewall ? { firewall } : {}), ...(proxy ? { proxy } : {}) };
}

/** The running captures of both sides of a firewall. */
export class SidesOfFirewall {
  private constructor(
    private readonly lab: ImsLab,
    private readonly id: string,
    readonly inside: LiveCapture,
    readonly outside: LiveCapture,
  ) {}

  static async start(lab: ImsLab, id: string): Promise<SidesOfFirewall> {
    const at = accessAddresses(lab.topology, id);
    const node = await lab.stands(accessNodes(lab.topology, id).firewall);
    const [inside, outside] = await Promise.all([
      LiveCapture.start(node, at.firewallInside),
      LiveCapture.start(node, at.firewallOutside),
    ]);
    return new SidesOfFirewall(lab, id, inside, outside);
  }

  /**
   * Resolves when both captures have every packet up to now. Somebody else's firewall may have no shell, and sends
   * nothing for the lab, so each marker comes to it from its neighbour on that side.
   * @throws LabError when they do not come to their markers
   */
  readonly catchUp = async (): Promise<void> => {
    const { lab, id, inside, outside } = this;
    const at = accessAddresses(lab.topology, id);
    const [ue, beyond] = await Promise.all([
      lab.stands(accessNodes(lab.topology, id).ue),
      lab.stands(pcscf.kind),
    ]);
    await Promise.all([
      passMarker(ue, [at.firewallInside], (marker) => inside.comesTo(marker)),
      passMarker(beyond, [at.firewallOutside], (marker) => outside.comesTo(marker)),
    ]);
  };

  /** Ends both. @throws LabError `CAPTURE_BROKEN` when one lacks packets */
  async stop(): Promise<void> {
    await Promise.all([this.inside.stop(), this.outside.stop()]);
  }
}
