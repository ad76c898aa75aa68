import { attributeNameOf, formatOf } from './attributes';
import { StunMessage, fingerprint, headerLength, integrity, kinds, magicCookie, padded } from './message';
import type { Kind } from './message';

/**
 * Reads a STUN message by the rules of RFC 8489: of a repeated attribute only the first counts (14), after
 * MESSAGE-INTEGRITY only FINGERPRINT counts (14.5), and after that nothing (14.7).
 * @param key the key by which the message must be signed (MESSAGE-INTEGRITY); without it the signature is not checked
 * @returns undefined if the bytes are no STUN message, a value cannot be read, FINGERPRINT is wrong, or the
 *   message is not signed with the key
 */
export function parseMessage(bytes: Buffer, key?: Buffer): StunMessage | undefined {
  if (bytes.length < headerLength || bytes.readUInt32BE(4) !== magicCookie) return undefined;
  const type = bytes.readUInt16BE(0);
  if (type > 0x3fff || bytes.readUInt16BE(2) !== bytes.length - headerLength) return undefined;
  const message = new StunMessage(methodOf(type), kindOf(type), bytes.subarray(8, headerLength));
  const seen = new Set<number>();
  let isSigned = false;
  for (let at = headerLength; at < bytes.length;) {
    const attribute = attributeAt(bytes, at);
    if (attribute === undefined) return undefined;
    const { type, value } = attribute;
    const name = attributeNameOf(type);
    const isIgnored = isSigned && name !== 'FINGERPRINT';
    if (!isIgnored && !seen.has(type)) {
      seen.add(type);
      if (!take(message, attribute)) return undefined;
      const before = bytes.subarray(0, at);
      if (name === 'MESSAGE-INTEGRITY') {
        if (key !== undefined && !integrity(before, key).equals(value)) return undefined;
        isSigned = true;
      }
      if (name === 'FINGERPRINT') {
        if (message.get(name) !== fingerprint(before)) return undefined;
        break;
      }
    }
    at = attribute.end;
  }
  return key === undefined || isSigned ? message : undefined;
}

interface ReadAttribute {
  readonly type: number;
  readonly value: Buffer;
  /** Offset at which the next attribute begins. */
  readonly end: number;
}

function attributeAt(bytes: Buffer, at: number): ReadAttribute | undefined {
  if (at + 4 > bytes.length) return undefined;
  const length = bytes.readUInt16BE(at + 2);
  const end = at + 4 + padded(length);
  if (end > bytes.length) return undefined;
  return { type: bytes.readUInt16BE(at), value: bytes.subarray(at + 4, at + 4 + length), end };
}

/** Adds an attribute to a message. @returns whether its value can be read */
function take(message: StunMessage, { type, value }: ReadAttribute): boolean {
  const name = attributeNameOf(type);
  try {
    if (name !== undefined) formatOf(name).read(value, message.transaction);
  } catch {
    return false;
  }
  message.add(type, value);
  return true;
}

/** Puts the method together from the bits of the message type around its class bits (RFC 8489 5). */
function methodOf(type: number): number {
  return (type & 0x00f) | ((type & 0x0e0) >> 1) | ((type & 0x3e00) >> 2);
}

function kindOf(type: number): Kind {
  const bits = type & 0x110;
  if (bits === kinds.request) return 'request';
  if (bits === kinds.indication) return 'indication';
  return bits === kinds.success ? 'success' : 'error';
}
