import type { Endpoint } from '../../nodes/ue/protocol';
import { espKeyOf } from './esp';
import { packetOf, type Ipv4Packet } from './packet';
import { pcapItems } from './pcap';
import { readSip } from './identifiers';

/** A packet in a capture: its place, and the address from which it came; ESP has no port, and 0 stands for it. */
export interface SeenPacket {
  readonly place: { readonly capture: string; readonly frame: number; readonly at: number };
  readonly from: Endpoint;
}

/** A packet of the UE in the captures of both sides of a firewall. */
export interface BothSides {
  readonly inside: SeenPacket;
  readonly outside: SeenPacket;
}

/** A capture to be read: its name in the result, and its bytes. */
export interface NamedCapture {
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Where each request over UDP and each packet of ESP first stands in a capture, by its name. */
type Places = ReadonlyMap<string, SeenPacket>;

/**
 * Reads the captures of the two sides of a firewall once; the function that it returns then finds packets of the UE
 * in both. The branch of a request's topmost Via is the same on both sides, whatever was done to the addresses (RFC 3261
 * 8.1.1.7), and so are SPI and sequence number of ESP ({@link espKey}).
 */
export async function readBothSides(
  inside: NamedCapture,
  outside: NamedCapture,
): Promise<(name: string) => BothSides | undefined> {
  const [within, without] = await Promise.all([placesIn(inside), placesIn(outside)]);
  return (name) => {
    const [sent, came] = [within.get(name), without.get(name)];
    return sent && came && { inside: sent, outside: came };
  };
}

async function placesIn({ name: capture, chunks }: NamedCapture): Promise<Places> {
  const places = new Map<string, SeenPacket>();
  for await (const item of pcapItems(chunks)) {
    const packet = item.kind === 'packet' ? packetOf(item) : undefined;
    const name = packet && nameOf(packet);
    if (item.kind !== 'packet' || !packet || name === undefined || places.has(name)) continue;
    const place = { capture, frame: item.frame, at: item.at };
    places.set(name, { place, from: { ip: packet.src, port: packet.sport ?? 0 } });
  }
  return places;
}

/** Names a request over UDP, or a packet of ESP; undefined for anything else. */
function nameOf(packet: Ipv4Packet): string | undefined {
  if (packet.protocol !== 'udp' && packet.protocol !== 'other') return undefined;
  const esp = espKeyOf(packet);
  if (esp !== undefined) return esp;
  const { branch, status } = readSip(packet.payload) ?? {};
  return status === undefined ? branch : undefined;
}
