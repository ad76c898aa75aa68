import { oneLine } from '../../kit/one-line';
import { readPacket } from '../evidence/identifiers';
import type { Ipv4Packet, TcpPacket } from '../evidence/packet';
import { LabError } from '../lab/lab-error';
import type { ForeignCapture, SeenInterface } from './read-capture';

/** The UE in a capture, and the interface that shows it. */
export interface FoundUe {
  readonly address: string;
  readonly seen: SeenInterface;
}

/** Ports to which a UE opens the connections of the ladder. */
const ladderPorts: ReadonlySet<number> = new Set([5060, 5061, 443, 3478, 5349]);

/** Most addresses that an error names. */
const mostNamed = 6;

/**
 * Finds the UE: who sends REGISTER, else who opens what the ladder has, and is not itself asked for that, as a P-CSCF is.
 * Where the same packets were captured at several interfaces, the first counts at which it is seen.
 *
 * @param told its address, if the user names it
 * @throws LabError `NOTHING_OF_LADDER`, `UE_UNCLEAR`
 */
export function findUe(
  { interfaces, lacks }: Pick<ForeignCapture, 'interfaces' | 'lacks'>,
  file: string,
  told?: string,
): FoundUe {
  const name = oneLine(file);
  for (const seen of interfaces) {
    const addresses = told === undefined ? clientsOf(seen) : isIn(seen, told) ? [told] : [];
    const [address, ...others] = addresses;
    if (address === undefined) continue;
    if (others.length === 0) return { address, seen };
    const some = addresses.slice(0, mostNamed).join(', ');
    throw new LabError(
      'UE_UNCLEAR',
      `${name} has several that could be the UE (${some}); name one with --ue`,
    );
  }
  const unread = lacks.length > 0 ? `; not known is ${lacks.join('; ')}` : '';
  throw new LabError(
    'NOTHING_OF_LADDER',
    told === undefined
      ? `${name} has nothing of SIP, TURN or TLS on port 443 in it that a UE begins; capture while the phone registers${unread}`
      : `${name} has no packet from ${told}; name the UE's address as it stands in the capture`,
  );
}

const isIn = ({ packets }: SeenInterface, address: string): boolean =>
  packets.some(({ packet }) => packet.src === address);

function clientsOf({ packets }: SeenInterface): string[] {
  const registering = new Asking();
  const opening = new Asking();
  for (const { packet } of packets) {
    if (packet.protocol === 'icmp') continue;
    const { sip, stun } = readPacket(packet);
    const requests = sip.filter(({ status }) => status === undefined);
    if (requests.some(({ method }) => method === 'REGISTER')) registering.add(packet);
    const isAsked = requests.length > 0 || stun.some((message) => message.class === 'request');
    if (packet.protocol === 'tcp' ? opens(packet) : isAsked) opening.add(packet);
  }
  const all = [...new Set([...registering.askers, ...opening.askers])];
  // Between a P-CSCF and a core each asks the other.
  return [registering.ends(), opening.ends(), all].find((some) => some.length > 0) ?? [];
}

/** Who asks for something, and who is asked. */
class Asking {
  readonly askers = new Set<string>();
  private readonly asked = new Set<string>();

  add({ src, dst }: Ipv4Packet): void {
    this.askers.add(src);
    this.asked.add(dst);
  }

  /** Returns who asks and is not asked. */
  ends(): string[] {
    return [...this.askers].filter((ip) => !this.asked.has(ip));
  }
}

function opens({ flags, payload, dport }: TcpPacket): boolean {
  const isSyn = flags?.syn === true && !flags.ack;
  const isConnect = Buffer.from(payload.subarray(0, 8)).toString('latin1') === 'CONNECT ';
  return isConnect || (isSyn && ladderPorts.has(dport));
}
