/** Where a ClientHello stands in the bytes of its TLS record (RFC 5246 7.4.1.2, RFC 8446 4.1.2). */
const record = { handshake: 0x16, major: 3, clientHello: 1 } as const;
const randomAt = 11;
const randomLength = 32;
/** Bytes from the beginning of a record to the end of the ClientHello's random. */
const wanted = randomAt + randomLength;

/**
 * Returns the randoms of all ClientHellos in some bytes, in hexadecimal, as a key log names connections. It looks for
 * them without decoding packets, since it has to say only which keys are certainly not needed: bytes that look like a
 * ClientHello and are none add a random that no key has.
 */
export async function clientRandomsIn(chunks: AsyncIterable<Uint8Array>): Promise<Set<string>> {
  const randoms = new Set<string>();
  let held = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([held, chunk]);
    const end = bytes.length - wanted;
    for (
      let at = bytes.indexOf(record.handshake);
      at >= 0 && at <= end;
      at = bytes.indexOf(record.handshake, at + 1)
    )
      if (
        bytes[at + 1] === record.major &&
        bytes[at + 5] === record.clientHello &&
        bytes[at + 9] === record.major
      )
        randoms.add(bytes.toString('hex', at + randomAt, at + wanted));
    held = bytes.subarray(Math.max(0, end + 1));
  }
  return randoms;
}
