import { espHeadOf } from './esp';
import type { IcmpPacket, Ipv4Packet, TcpPacket } from './packet';
import { isTlsRecord, readPayload, type PayloadFacts } from './identifiers';

/** Describes a packet in a few words for a reader of the evidence, e.g. `SIP REGISTER` or `TCP SYN`. */
export function describePacket(packet: Ipv4Packet): string {
  switch (packet.protocol) {
    case 'tcp':
      return describePayload(packet.payload) ?? describeSegment(packet);
    case 'udp':
      return describeEsp(packet) ?? describePayload(packet.payload) ?? `UDP, ${bytes(packet.payload)}`;
    case 'icmp':
      return describeIcmp(packet);
    case 'other':
      if (packet.fragment === 'later') return 'a later IP fragment';
      return describeEsp(packet) ?? protocolName(packet.number);
  }
}

/** Names the security association that a packet of ESP is of. */
function describeEsp(packet: Ipv4Packet): string | undefined {
  const head = espHeadOf(packet);
  return head && `ESP${packet.protocol === 'udp' ? ' in UDP' : ''}, SPI 0x${head.spi}`;
}

function describePayload(payload: Uint8Array): string | undefined {
  const message = firstMessage(readPayload(payload));
  if (isTlsRecord(payload)) return message ? `${message}, readable in a TLS record` : describeRecord(payload);
  return message ?? describeHttp(payload);
}

function firstMessage({ sip, stun }: PayloadFacts): string | undefined {
  if (sip[0]) return ['SIP', sip[0].status, sip[0].method].filter((word) => word !== undefined).join(' ');
  return stun[0] && `STUN ${stun[0].method} ${stun[0].class}`;
}

const recordNames: Readonly<Record<number, string>> = {
  0x14: 'TLS ChangeCipherSpec',
  0x15: 'TLS alert',
  0x16: 'TLS handshake',
  0x17: 'TLS application data',
};
const handshakeNames: Readonly<Record<number, string>> = {
  1: 'TLS ClientHello',
  2: 'TLS ServerHello',
  11: 'TLS Certificate',
  16: 'TLS ClientKeyExchange',
};

function describeRecord(payload: Uint8Array): string | undefined {
  const type = payload[0] ?? 0;
  return (type === 0x16 ? handshakeNames[payload[5] ?? 0] : undefined) ?? recordNames[type];
}

function describeHttp(payload: Uint8Array): string | undefined {
  const line = Buffer.from(payload.subarray(0, 300)).toString('latin1').split('\r\n')[0] ?? '';
  const status = /^HTTP\/1\.\d (\d{3})/.exec(line);
  if (status) return `HTTP ${status[1]}`;
  const request = /^([A-Z]+) (\S+) HTTP\/1\.\d$/.exec(line);
  return request ? `HTTP ${request[1]} ${request[2]}` : undefined;
}

function describeSegment({ flags, payload }: TcpPacket): string {
  if (flags === undefined) return 'TCP, cut off after its ports';
  if (flags.syn) return flags.ack ? 'TCP SYN-ACK' : 'TCP SYN';
  if (flags.rst) return 'TCP RST';
  if (payload.length > 0) return `TCP data, ${bytes(payload)}`;
  return flags.fin ? 'TCP FIN' : 'TCP ACK';
}

const unreachable = ['net', 'host', 'protocol', 'port'];

function describeIcmp({ type, code, about }: IcmpPacket): string {
  const what =
    type === 3
      ? `ICMP ${unreachable[code] ?? `destination (code ${code})`} unreachable`
      : type === 8
        ? 'ICMP echo request'
        : type === 0
          ? 'ICMP echo reply'
          : type === 11
            ? 'ICMP time exceeded'
            : `ICMP type ${type}`;
  return about ? `${what}, about ${describePacket(about)}` : what;
}

function protocolName(number: number): string {
  const names: Readonly<Record<number, string>> = {
    1: 'ICMP',
    6: 'TCP',
    17: 'UDP',
    47: 'GRE',
    50: 'ESP',
    51: 'AH',
  };
  return names[number] ?? `IP protocol ${number}`;
}

function bytes(payload: Uint8Array): string {
  return payload.length === 1 ? '1 byte' : `${payload.length} bytes`;
}
