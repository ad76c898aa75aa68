import { createHmac } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { ATTRIBUTES_BY_TYPE, unpackXorAddress } from 'werift-ice/lib/ice-server/src/stun/attributes';
import { Message } from 'werift-ice/lib/ice/src/stun/message';

const headerLength = 20;
const magicCookie = 0x2112a442;
const integrity = { type: 0x0008, length: 24 };
const fingerprint = { type: 0x8028, length: 8, xor: 0x5354554e };

/**
 * Reads a STUN message, with the values of werift-ice's codec, whose own parser lets a repeated attribute replace the
 * first and reads on behind MESSAGE-INTEGRITY. Here, as RFC 8489 has it: of an attribute that is repeated only the first
 * counts (14), behind MESSAGE-INTEGRITY only FINGERPRINT (14.5), and behind that nothing (14.7).
 * @param key what the message must be signed with (MESSAGE-INTEGRITY), where that is asked
 * @returns nothing for what is no STUN message, has a wrong FINGERPRINT, or is not signed with the key
 */
export function parseMessage(bytes: Buffer, key?: Buffer): Message | undefined {
  if (bytes.length < headerLength || bytes.readUInt32BE(4) !== magicCookie) return undefined;
  const type = bytes.readUInt16BE(0);
  if (type > 0x3fff || bytes.readUInt16BE(2) !== bytes.length - headerLength) return undefined;
  const message = new Message(type & 0x3eef, type & 0x0110, bytes.subarray(8, headerLength));
  const seen = new Set<number>();
  let isSigned = false;
  for (let at = headerLength; at < bytes.length;) {
    const attribute = attributeAt(bytes, at);
    if (attribute === undefined) return undefined;
    const isIgnored = seen.has(integrity.type) && attribute.type !== fingerprint.type;
    const counts = !isIgnored && !seen.has(attribute.type);
    seen.add(attribute.type);
    if (counts && !take(message, attribute)) return undefined;
    if (counts && attribute.type === integrity.type) {
      if (key !== undefined && !signature(bytes, at, key).equals(attribute.value)) return undefined;
      isSigned = true;
    }
    if (attribute.type === fingerprint.type) {
      if (!checksum(bytes, at).equals(attribute.value)) return undefined;
      break;
    }
    at = attribute.end;
  }
  return key === undefined || isSigned ? message : undefined;
}

interface ReadAttribute {
  readonly type: number;
  readonly value: Buffer;
  /** Where the next one begins: values are padded to four bytes (RFC 8489 14). */
  readonly end: number;
}

function attributeAt(bytes: Buffer, at: number): ReadAttribute | undefined {
  if (at + 4 > bytes.length) return undefined;
  const length = bytes.readUInt16BE(at + 2);
  const end = at + 4 + Math.ceil(length / 4) * 4;
  if (end > bytes.length) return undefined;
  return { type: bytes.readUInt16BE(at), value: bytes.subarray(at + 4, at + 4 + length), end };
}

/** Adds an attribute to a message. @returns whether its value could be read */
function take(message: Message, { type, value }: ReadAttribute): boolean {
  const known = ATTRIBUTES_BY_TYPE[type];
  if (known === undefined) {
    message.appendRawAttribute(type, value);
    return true;
  }
  const [, name, , unpack] = known;
  try {
    message.setAttribute(
      name,
      unpack === unpackXorAddress ? unpackXorAddress(value, message.transactionId) : unpack(value),
    );
    return true;
  } catch {
    return false;
  }
}

/** The bytes before an attribute, with a length that ends behind it (RFC 8489 14.5, 14.7). */
function before(bytes: Buffer, at: number, attributeLength: number): Buffer {
  const head = Buffer.from(bytes.subarray(0, at));
  head.writeUInt16BE(at - headerLength + attributeLength, 2);
  return head;
}

function signature(bytes: Buffer, at: number, key: Buffer): Buffer {
  return createHmac('sha1', key)
    .update(before(bytes, at, integrity.length))
    .digest();
}

function checksum(bytes: Buffer, at: number): Buffer {
  const value = Buffer.alloc(4);
  value.writeUInt32BE((crc32(before(bytes, at, fingerprint.length)) ^ fingerprint.xor) >>> 0);
  return value;
}
