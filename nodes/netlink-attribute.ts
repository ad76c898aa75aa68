/** Returns an attribute of a netlink message (netlink(7)): length and type in the order of this machine, the value, padded to 4 bytes. */
export function netlinkAttribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc((4 + value.length + 3) & ~3);
  bytes.writeUInt16LE(4 + value.length, 0);
  bytes.writeUInt16LE(type, 2);
  value.copy(bytes, 4);
  return bytes;
}
