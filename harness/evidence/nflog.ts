/** A packet as the kernel's nflog delivers it (LINKTYPE_NFLOG: a header, then TLVs). */
export interface NflogPacket {
  /** The nflog group that the packet was logged to. */
  readonly group: number;
  /** The rule's `log prefix`, which is the rule's id in this lab; empty when the rule has none. */
  readonly prefix: string;
  /** The netfilter hook of the rule. */
  readonly hook: Hook | undefined;
  /** EtherType of the payload, 0x0800 for IPv4. */
  readonly etherType: number | undefined;
  /** The packet from its IP header on. */
  readonly payload: Uint8Array | undefined;
  /** Time of reception, ms since the epoch. The kernel gives it only for packets that came from a device. */
  readonly at: number | undefined;
  readonly inInterface: number | undefined;
  readonly outInterface: number | undefined;
}

/** Netfilter hooks by their number (linux/netfilter.h). */
export const hooks = ['prerouting', 'input', 'forward', 'output', 'postrouting'] as const;
export type Hook = (typeof hooks)[number];

/** TLV types, the same numbers as the kernel's NFULA_* attributes (linux/netfilter/nfnetlink_log.h). */
const tlv = { header: 1, timestamp: 3, inInterface: 4, outInterface: 5, payload: 9, prefix: 10 } as const;

/**
 * Decodes a LINKTYPE_NFLOG packet.
 * @param littleEndian byte order of the capturing machine; lengths and types of TLVs are in it, values in network order
 * @returns undefined when the bytes are no NFLOG packet (wrong version or a TLV that does not fit)
 */
export function decodeNflog(bytes: Uint8Array, littleEndian: boolean): NflogPacket | undefined {
  if (bytes.length < 4 || bytes[1] !== 0) return undefined;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Map<number, Uint8Array>();
  let offset = 4;
  while (offset < bytes.length) {
    if (bytes.length - offset < 4) return undefined;
    const length = data.getUint16(offset, littleEndian);
    if (length < 4 || offset + length > bytes.length) return undefined;
    values.set(data.getUint16(offset + 2, littleEndian), bytes.subarray(offset + 4, offset + length));
    offset += (length + 3) & ~3; // each TLV is padded to a multiple of four, the last one not always
  }
  const header = values.get(tlv.header);
  const headerFits = header !== undefined && header.length >= 4;
  return {
    group: data.getUint16(2, false),
    prefix: text(values.get(tlv.prefix)),
    hook: headerFits ? hooks[header[2] ?? hooks.length] : undefined,
    etherType: headerFits ? uint(header.subarray(0, 2)) : undefined,
    payload: values.get(tlv.payload),
    at: timestamp(values.get(tlv.timestamp)),
    inInterface: interfaceIndex(values.get(tlv.inInterface)),
    outInterface: interfaceIndex(values.get(tlv.outInterface)),
  };
}

function text(value: Uint8Array | undefined): string {
  if (value === undefined) return '';
  const end = value.indexOf(0);
  return Buffer.from(end < 0 ? value : value.subarray(0, end))
    .toString('latin1')
    .trim();
}

function timestamp(value: Uint8Array | undefined): number | undefined {
  if (value === undefined || value.length < 16) return undefined;
  const data = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return Number(data.getBigUint64(0)) * 1000 + Number(data.getBigUint64(8)) / 1000;
}

function interfaceIndex(value: Uint8Array | undefined): number | undefined {
  return value !== undefined && value.length === 4 ? uint(value) : undefined;
}

function uint(bigEndian: Uint8Array): number {
  return bigEndian.reduce((sum, byte) => sum * 256 + byte, 0);
}
