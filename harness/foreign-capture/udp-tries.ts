import { showEndpoint } from '../../kit/endpoint';
import { plural } from '../../kit/words';
import { describePacket } from '../evidence/describe';
import { packetMessage } from '../sequence/packet-message';
import { StunNames } from '../sequence/stun-message';
import type { Step } from '../../ladder';
import type { EspSeen } from './esp-seen';
import type { Said } from './exchange';
import type { SeenPacket } from './read-capture';
import type { Try } from './try';

/**
 * Returns what a UE tried over UDP: SIP, with what went on in ESP, and TURN. Other datagrams, such as media, are no step of the
 * ladder.
 */
export function udpTries(packets: readonly SeenPacket[], ue: string, esp: EspSeen): Try[] {
  const stun = new StunNames();
  const flows = new Map<string, { way: Try['way']; first: SeenPacket; said: Said[]; icmp: string[] }>();
  for (const seen of packets) {
    const { packet, at } = seen;
    const about = packet.protocol === 'icmp' && packet.about?.protocol === 'udp' ? packet.about : undefined;
    const datagram = packet.protocol === 'udp' ? packet : about;
    if (!datagram || (datagram.src !== ue && datagram.dst !== ue)) continue;
    const isOut = datagram.src === ue;
    const [local, remote] = [
      { ip: datagram.src, port: datagram.sport },
      { ip: datagram.dst, port: datagram.dport },
    ];
    const way = isOut ? { local, remote } : { local: remote, remote: local };
    const key = `${showEndpoint(way.local)} ${showEndpoint(way.remote)}`;
    const flow = flows.get(key) ?? { way: { protocol: 'udp', ...way }, first: seen, said: [], icmp: [] };
    flows.set(key, flow);
    if (about) flow.icmp.push(`${describePacket(packet)} from ${packet.src}`);
    else flow.said.push({ from: isOut ? 'ue' : 'server', at, message: packetMessage(packet, stun) });
  }
  return [...flows.values()].flatMap(({ way, first, said, icmp }) => {
    const isSip = said.some(({ message }) => message.protocol === 'sip' && message.label !== 'CRLF');
    const isTurn = said.some(({ message }) => message.protocol === 'turn' && / request$/.test(message.label));
    if (!isSip && !isTurn) return [];
    const { port } = way.remote;
    const { step = stepOf(said), then, ...outcome } = esp.sipOf(said, way);
    const errors =
      icmp.length > 0 ? [`${plural(icmp.length, 'ICMP error')} came back, the first was ${icmp[0]}`] : [];
    return [
      {
        ...{ at: first.at, frame: first.frame, way, rung: `${isTurn ? 'TURN, ' : ''}UDP ${port}${then}` },
        ...{
          step: isTurn ? 2 : step,
          ...outcome,
          events: [...outcome.events, ...errors],
          isSealed: false,
        },
      },
    ];
  });
}

/**
 * Steps 1 and 2 differ in what the REGISTER asks for: RFC 5626 is what step 2 adds (TS 24.229 annex K). Without a REGISTER
 * nobody can tell.
 */
function stepOf(said: readonly Said[]): Step | undefined {
  const register = said.find(({ from, message }) => from === 'ue' && message.label === 'REGISTER');
  if (!register) return undefined;
  return /[;,]\s*reg-id\s*=|^Supported\s*:.*\boutbound\b/im.test(register.message.text ?? '') ? 2 : 1;
}
