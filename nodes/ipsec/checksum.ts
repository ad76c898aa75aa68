/** Returns the sum of 16 bit words in one's complement (RFC 1071) over these bytes, as it stands in no header yet. */
export function onesComplementSum(bytes: Buffer, start = 0): number {
  let sum = start;
  const even = bytes.length & ~1;
  for (let at = 0; at < even; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  if (even < bytes.length) sum += bytes[even]! << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum;
}

/** Returns the Internet checksum of these bytes. */
export const internetChecksum = (bytes: Buffer, start = 0): number =>
  ~onesComplementSum(bytes, start) & 0xffff;
