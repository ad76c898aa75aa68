import type { Endpoint } from '../../nodes/ue/protocol';
import { packetOf } from './packet';
import { pcapItems } from './pcap';
import { readSip } from './identifiers';

/** A request in a capture: its place, and the address from which it came. */
export interface SeenRequest {
  readonly place: { readonly capture: string; readonly frame: number; readonly at: number };
  readonly from: Endpoint;
}

/** A request of the UE in the captures of both sides of a firewall. */
export interface BothSides {
  readonly inside: SeenRequest;
  readonly outside: SeenRequest;
}

/** A capture to be read: its name in the result, and its bytes. */
export interface NamedCapture {
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Where each request over UDP first stands in a capture, by the branch of its topmost Via. */
type Requests = ReadonlyMap<string, SeenRequest>;

/**
 * Reads the captures of the two sides of a firewall once; the function that it returns then finds requests of the UE
 * in both. A branch is the same on both sides, whatever was done to the addresses (RFC 3261 8.1.1.7).
 */
export async function readBothSides(
  inside: NamedCapture,
  outside: NamedCapture,
): Promise<(branch: string) => BothSides | undefined> {
  const [within, without] = await Promise.all([requestsIn(inside), requestsIn(outside)]);
  return (branch) => {
    const [sent, came] = [within.get(branch), without.get(branch)];
    return sent && came && { inside: sent, outside: came };
  };
}

async function requestsIn({ name, chunks }: NamedCapture): Promise<Requests> {
  const requests = new Map<string, SeenRequest>();
  for await (const item of pcapItems(chunks)) {
    const packet = item.kind === 'packet' ? packetOf(item) : undefined;
    if (item.kind !== 'packet' || packet?.protocol !== 'udp') continue;
    const { branch, status } = readSip(packet.payload) ?? {};
    if (branch === undefined || status !== undefined || requests.has(branch)) continue;
    const place = { capture: name, frame: item.frame, at: item.at };
    requests.set(branch, { place, from: { ip: packet.src, port: packet.sport } });
  }
  return requests;
}
