import { isSameWay } from '../../kit/endpoint';
import type { Flow } from '../../nodes/ue/protocol';
import type { Hopeless } from '../evidence/drop-watch';
import type { WaysOfRung } from '../evidence/observed-attempt';
import type { Ipv4Packet } from '../evidence/packet';

/**
 * Tells when nothing is left for a phone whose sockets are observed: each of its ways to the server was refused, and
 * it has gone on with refused ways since it began the last one. A phone that tells nothing may be about to try
 * another way after a first refusal; one that sends again what was refused is waiting for it.
 */
export class ObservedPatience {
  private readonly flows: Flow[] = [];
  /** Each refused way with the time of its first refusal, ms since the epoch. */
  private readonly refused = new Map<Flow, number>();
  private isTold = false;

  /**
   * @param onNothingLeft called once
   */
  constructor(
    private readonly rung: WaysOfRung,
    private readonly onNothingLeft: () => void,
  ) {}

  addFlow(flow: Flow): void {
    this.flows.push(flow);
  }

  addDrop({ drop, match }: Hopeless): void {
    const ways = this.flows.filter((flow) => this.rung.leadsToServer(flow));
    const latest = ways.at(-1);
    if (!latest) return;
    // A packet that only an identifier ties to the attempt is signalling, unless it goes elsewhere, as checks of ICE do.
    const signalling = isWith(latest, drop.packet) ? latest : undefined;
    const flow = match.flow ? ways.find((own) => isSameWay(own, match.flow!)) : signalling;
    if (!flow) return;
    const first = this.refused.get(flow);
    if (first === undefined) this.refused.set(flow, drop.at);
    const isAgain = first !== undefined && drop.at > Math.max(first, latest.at);
    // A phone that has not tried the rung yet may come to it.
    if (!ways.some((way) => this.rung.isOfRung(way))) return;
    if (this.isTold || !isAgain || !ways.every((way) => this.refused.has(way))) return;
    this.isTold = true;
    this.onNothingLeft();
  }
}

/** Says whether a packet goes to the far end of a way or comes from there, or is about one that does. */
function isWith(way: Pick<Flow, 'protocol' | 'remote'>, packet: Ipv4Packet): boolean {
  if (packet.protocol === 'icmp' && packet.about) return isWith(way, packet.about);
  return packet.protocol === way.protocol && [packet.src, packet.dst].includes(way.remote.ip);
}
