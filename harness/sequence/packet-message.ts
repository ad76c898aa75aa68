import { describePacket } from '../evidence/describe';
import type { EspKeys } from '../../nodes/ipsec/esp-sa';
import { espHeadOf } from '../evidence/esp';
import { espContentOf } from '../evidence/esp-content';
import { isTlsRecord, readPacket } from '../evidence/identifiers';
import type { Ipv4Packet } from '../evidence/packet';
import { datagramMessage } from './datagram-message';
import { unknownData, type Message } from './message';
import type { ArrowProtocol } from './sequence';
import type { StunNames } from './stun-message';

/** Reads what a packet says by itself, without those before it, or what it carried in ESP. */
export function packetMessage(packet: Ipv4Packet, stun: StunNames, esp?: EspKeys): Message {
  const content = esp && espContentOf(packet, esp);
  if (content) {
    const message = packetMessage(content, stun);
    return { ...message, within: ['esp', ...carriersOf(content), ...(message.within ?? [])] };
  }
  if (packet.protocol === 'udp' && !espHeadOf(packet)) {
    const { payload, sport, dport, fragment } = packet;
    if (fragment === 'later') return unknownData;
    const message = datagramMessage(bufferOf(payload), stun, [sport, dport]);
    const isCut = fragment === 'first' && message.text !== undefined;
    return isCut ? { ...message, text: `${message.text}\n[the rest is in later fragments]` } : message;
  }
  return { protocol: protocolOf(packet), label: describePacket(packet), isBulk: true };
}

function protocolOf(packet: Ipv4Packet): ArrowProtocol {
  if (packet.protocol === 'udp') return 'other';
  if (packet.protocol !== 'tcp') return packet.protocol;
  const { sip, stun } = readPacket(packet);
  if (sip.length > 0) return 'sip';
  if (stun.length > 0) return stun[0]!.method === 'Binding' ? 'stun' : 'turn';
  return isTlsRecord(packet.payload) ? 'tls' : 'tcp';
}

/** What carried the message of a packet. */
export function carriersOf(packet: Ipv4Packet): string[] {
  if (packet.protocol === 'udp') return ['udp'];
  if (packet.protocol !== 'tcp') return [];
  return isTlsRecord(packet.payload) && protocolOf(packet) !== 'tls' ? ['tcp', 'tls'] : ['tcp'];
}

export const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
