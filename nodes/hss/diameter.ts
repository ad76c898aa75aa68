/** An attribute-value pair (RFC 6733 4). A grouped one has the AVPs that it holds as its data. */
export interface Avp {
  readonly code: number;
  /** The vendor whose AVP it is; 0 for those of the IETF. */
  readonly vendor: number;
  /** The M bit: who does not know the AVP has to refuse the message. */
  readonly isMandatory: boolean;
  readonly data: Buffer;
}

/** A Diameter message (RFC 6733 3). */
export interface DiameterMessage {
  readonly isRequest: boolean;
  readonly isProxiable: boolean;
  /** The E bit of an answer that reports a protocol error. */
  readonly isError: boolean;
  readonly command: number;
  readonly application: number;
  readonly hopByHop: number;
  readonly endToEnd: number;
  readonly avps: readonly Avp[];
}

/** Bytes are no Diameter message. One line says why. */
export class DiameterError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DiameterError';
  }
}

/** Bytes of the header of a message. */
const headerLength = 20;

/** The longest message that is read, bytes. Those of Cx are far shorter. */
export const maximalMessage = 65_536;

const flags = { request: 0x80, proxiable: 0x40, error: 0x20, reservedOfMessage: 0x0f };
const avpFlags = { vendor: 0x80, mandatory: 0x40, reserved: 0x1f };

/** Makes an AVP. A number is an Unsigned32 or an Enumerated, a text UTF-8, a list the content of a grouped AVP. */
export function avp(
  { code, vendor = 0, isMandatory = true }: { code: number; vendor?: number; isMandatory?: boolean },
  value: Buffer | string | number | readonly Avp[],
): Avp {
  return { code, vendor, isMandatory, data: dataOf(value) };
}

/** Writes a message. */
export function encode(message: DiameterMessage): Buffer {
  const body = encodeAvps(message.avps);
  const header = Buffer.alloc(headerLength);
  header[0] = 1;
  header.writeUIntBE(headerLength + body.length, 1, 3);
  header[4] =
    (message.isRequest ? flags.request : 0) |
    (message.isProxiable ? flags.proxiable : 0) |
    (message.isError ? flags.error : 0);
  header.writeUIntBE(message.command, 5, 3);
  header.writeUInt32BE(message.application, 8);
  header.writeUInt32BE(message.hopByHop, 12);
  header.writeUInt32BE(message.endToEnd, 16);
  return Buffer.concat([header, body]);
}

/** Reads one whole message. @throws DiameterError if the bytes are anything else */
export function decode(bytes: Buffer): DiameterMessage {
  if (bytes.length < headerLength)
    throw new DiameterError(`a message of ${bytes.length} bytes has no whole header`);
  const length = checkedLength(bytes, maximalMessage);
  if (length !== bytes.length)
    throw new DiameterError(`the length ${length} of a message is not that of its ${bytes.length} bytes`);
  const bits = bytes[4]!;
  if ((bits & flags.reservedOfMessage) !== 0) throw new DiameterError('reserved bits of a message are set');
  if ((bits & flags.request) !== 0 && (bits & flags.error) !== 0)
    throw new DiameterError('a request has the E bit');
  return {
    isRequest: (bits & flags.request) !== 0,
    isProxiable: (bits & flags.proxiable) !== 0,
    isError: (bits & flags.error) !== 0,
    command: bytes.readUIntBE(5, 3),
    application: bytes.readUInt32BE(8),
    hopByHop: bytes.readUInt32BE(12),
    endToEnd: bytes.readUInt32BE(16),
    avps: decodeAvps(bytes.subarray(headerLength)),
  };
}

/** Reads the AVPs of a message or of a grouped AVP. @throws DiameterError if they do not fill the bytes exactly */
export function decodeAvps(bytes: Buffer): Avp[] {
  const avps: Avp[] = [];
  for (let at = 0; at < bytes.length;) {
    const left = bytes.length - at;
    if (left < 8) throw new DiameterError(`${left} bytes trail the last AVP`);
    const code = bytes.readUInt32BE(at);
    const bits = bytes[at + 4]!;
    const length = bytes.readUIntBE(at + 5, 3);
    const hasVendor = (bits & avpFlags.vendor) !== 0;
    const head = hasVendor ? 12 : 8;
    if ((bits & avpFlags.reserved) !== 0) throw new DiameterError(`reserved bits of AVP ${code} are set`);
    if (length < head)
      throw new DiameterError(`the length ${length} of AVP ${code} is shorter than its header`);
    if (length + paddingOf(length) > left)
      throw new DiameterError(`AVP ${code} has ${length} bytes and its padding, and ${left} are left`);
    avps.push({
      code,
      vendor: hasVendor ? bytes.readUInt32BE(at + 8) : 0,
      isMandatory: (bits & avpFlags.mandatory) !== 0,
      data: bytes.subarray(at + head, at + length),
    });
    at += length + paddingOf(length);
  }
  return avps;
}

/** Cuts what comes over a connection into messages. */
export class MessageStream {
  private rest: Buffer = Buffer.alloc(0);

  /** @param maximal bytes of the longest message that is taken */
  constructor(private readonly maximal = maximalMessage) {}

  /**
   * Returns the messages that are whole with these bytes.
   * @throws DiameterError if what comes is no message, as soon as its first bytes show it
   */
  push(bytes: Buffer): Buffer[] {
    this.rest = Buffer.concat([this.rest, bytes]);
    const messages: Buffer[] = [];
    while (this.rest.length >= 4) {
      const length = checkedLength(this.rest, this.maximal);
      if (this.rest.length < length) break;
      messages.push(this.rest.subarray(0, length));
      this.rest = this.rest.subarray(length);
    }
    return messages;
  }
}

function checkedLength(bytes: Buffer, maximal: number): number {
  if (bytes[0] !== 1) throw new DiameterError(`version ${bytes[0]} is not that of Diameter, 1`);
  const length = bytes.readUIntBE(1, 3);
  if (length < headerLength || length % 4 !== 0)
    throw new DiameterError(`a message cannot have the length ${length}`);
  if (length > maximal)
    throw new DiameterError(`a message of ${length} bytes is longer than the ${maximal} that are taken`);
  return length;
}

function encodeAvps(avps: readonly Avp[]): Buffer {
  return Buffer.concat(
    avps.map(({ code, vendor, isMandatory, data }) => {
      const head = Buffer.alloc(vendor === 0 ? 8 : 12);
      head.writeUInt32BE(code, 0);
      head[4] = (vendor === 0 ? 0 : avpFlags.vendor) | (isMandatory ? avpFlags.mandatory : 0);
      head.writeUIntBE(head.length + data.length, 5, 3);
      if (vendor !== 0) head.writeUInt32BE(vendor, 8);
      return Buffer.concat([head, data, Buffer.alloc(paddingOf(data.length))]);
    }),
  );
}

function dataOf(value: Buffer | string | number | readonly Avp[]): Buffer {
  if (Buffer.isBuffer(value)) return value;
  if (typeof value === 'string') return Buffer.from(value);
  if (typeof value !== 'number') return encodeAvps(value);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const paddingOf = (length: number): number => (4 - (length % 4)) % 4;
