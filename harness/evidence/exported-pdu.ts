import type { Endpoint } from '../../nodes/ue/protocol';

/** A message of a protocol, without the packets that carried it. */
export interface Pdu {
  /** Name of Wireshark's dissector for it. */
  readonly dissector: string;
  readonly transport: 'tcp' | 'udp';
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** Its bytes, or the first of them. */
  readonly bytes: Uint8Array;
  /** Number of its bytes. */
  readonly length: number;
}

/** Tags of LINKTYPE_WIRESHARK_UPPER_PDU (Wireshark, `wsutil/exported_pdu_tlvs.h`). */
const tags = {
  end: 0,
  dissector: 12,
  sourceIpv4: 20,
  destinationIpv4: 21,
  portType: 24,
  sourcePort: 25,
  destinationPort: 26,
  originalFrame: 30,
} as const;
/** The port types of transports. */
const portTypes = { tcp: 2, udp: 3 } as const;

/** A packet, and its length if all of the message were in it. */
export interface ExportedPdu {
  readonly bytes: Buffer;
  readonly originalLength: number;
}

/**
 * Returns a packet of LINKTYPE_WIRESHARK_UPPER_PDU, by which Wireshark shows a message whatever carried it. Its numbers
 * are in network order.
 * @param frame number of the frame in the same capture that brought the message, which Wireshark leads to
 */
export function exportedPdu(pdu: Pdu, frame: number): ExportedPdu {
  const { dissector, transport, source, destination, length } = pdu;
  const bytes = Buffer.concat([
    tag(tags.dissector, filled(Buffer.from(dissector))),
    tag(tags.sourceIpv4, address(source.ip)),
    tag(tags.destinationIpv4, address(destination.ip)),
    tag(tags.portType, u32(portTypes[transport])),
    tag(tags.sourcePort, u32(source.port)),
    tag(tags.destinationPort, u32(destination.port)),
    tag(tags.originalFrame, u32(frame)),
    tag(tags.end, Buffer.alloc(0)),
    pdu.bytes,
  ]);
  return { bytes, originalLength: bytes.length - pdu.bytes.length + length };
}

/**
 * Reads a packet of LINKTYPE_WIRESHARK_UPPER_PDU; undefined if it does not tell the dissector, and the addresses and ports of
 * both ends in IPv4. Nothing in the bytes makes it throw.
 */
export function readExportedPdu(
  packet: Uint8Array,
): Pick<Pdu, 'dissector' | 'source' | 'destination' | 'bytes'> | undefined {
  const bytes = Buffer.from(packet.buffer, packet.byteOffset, packet.length);
  const values = new Map<number, Buffer>();
  let at = 0;
  for (let code = -1; code !== tags.end;) {
    if (at + 4 > bytes.length) return undefined;
    code = bytes.readUInt16BE(at);
    const end = at + 4 + bytes.readUInt16BE(at + 2);
    values.set(code, bytes.subarray(at + 4, end));
    at = end;
  }
  const dissector = values.get(tags.dissector)?.toString('latin1').replace(/\0+$/, '');
  const source = endpointOf(values.get(tags.sourceIpv4), values.get(tags.sourcePort));
  const destination = endpointOf(values.get(tags.destinationIpv4), values.get(tags.destinationPort));
  if (dissector === undefined || !source || !destination) return undefined;
  return { dissector, source, destination, bytes: bytes.subarray(at) };
}

function endpointOf(ip: Buffer | undefined, port: Buffer | undefined): Endpoint | undefined {
  return ip?.length === 4 && port?.length === 4
    ? { ip: [...ip].join('.'), port: port.readUInt32BE() }
    : undefined;
}

function tag(code: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(code, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value]);
}

/** Values are aligned to 32 bits; a name may end in zeros. */
const filled = (name: Buffer): Buffer => Buffer.concat([name, Buffer.alloc(-name.length & 3)]);

const address = (ip: string): Buffer => Buffer.from(ip.split('.').map(Number));

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
