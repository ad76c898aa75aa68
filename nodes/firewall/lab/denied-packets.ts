/** A denied packet as the firewall's stream shows it. */
export interface DeniedPacket {
  readonly rule: string;
  /** The whole IP packet. */
  readonly packet: Buffer;
}

/**
 * Makes a reader of a pcap of link type NFLOG. It takes the pcap piece by piece and returns
 * the packets that each completes.
 */
export function deniedPackets(): (piece: Buffer) => DeniedPacket[] {
  let rest = Buffer.alloc(0);
  let headerRead = false;
  return (piece) => {
    rest = Buffer.concat([rest, piece]);
    const packets: DeniedPacket[] = [];
    for (;;) {
      if (!headerRead) {
        if (rest.length < 24) return packets;
        if (rest.readUInt32LE(20) !== 239)
          throw new Error(`link type ${rest.readUInt32LE(20)} is not NFLOG (239)`);
        headerRead = true;
        rest = rest.subarray(24);
      }
      const length = rest.length < 16 ? Infinity : rest.readUInt32LE(8);
      if (rest.length < 16 + length) return packets;
      packets.push(attributes(rest.subarray(16, 16 + length)));
      rest = rest.subarray(16 + length);
    }
  };
}

/**
 * Reads the attributes of linux/netfilter/nfnetlink_log.h: NFULA_PAYLOAD 9, NFULA_PREFIX 10.
 * Lengths are in host byte order.
 */
function attributes(record: Buffer): DeniedPacket {
  let rule = '';
  let packet = Buffer.alloc(0);
  for (let offset = 4; offset + 4 <= record.length;) {
    const length = record.readUInt16LE(offset);
    const type = record.readUInt16LE(offset + 2) & 0x7fff;
    const value = record.subarray(offset + 4, offset + length);
    // Only one NUL is cut off, so that the test sees any other byte after the rule's name.
    if (type === 10) rule = value.subarray(0, -1).toString('latin1');
    if (type === 9) packet = Buffer.from(value);
    offset += Math.max(4, (length + 3) & ~3);
  }
  return { rule, packet };
}
