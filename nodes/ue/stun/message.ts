import { createHmac, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { attributeNameOf, formatOf } from './attributes';
import type { AttributeName, ValueOf } from './attributes';
import { methods } from './methods';
import type { Method } from './methods';

/** The classes of messages (RFC 8489 5), as the two class bits at their place in the message type. */
export const kinds = { request: 0x000, indication: 0x010, success: 0x100, error: 0x110 } as const;
export type Kind = keyof typeof kinds;

export const headerLength = 20;
export const magicCookie = 0x2112a442;
const integrityLength = 24;
const fingerprintLength = 8;

/** A STUN message (RFC 8489 5) that is being written or was read. */
export class StunMessage {
  private readonly attributes: { readonly type: number; value: Buffer }[] = [];

  /**
   * @param method a name, or the number of a method that was read
   * @param transaction transaction id of 12 bytes; by default a random one, for a request or indication
   */
  constructor(
    method: Method | number,
    readonly kind: Kind,
    readonly transaction: Buffer = randomBytes(12),
  ) {
    this.method = typeof method === 'number' ? method : methods[method];
  }

  /** The number of the method. */
  readonly method: number;

  /** The transaction id in 24 hex digits. */
  get id(): string {
    return this.transaction.toString('hex');
  }

  /** The attributes that are known here, in their order. */
  get names(): AttributeName[] {
    return this.attributes.map(({ type }) => attributeNameOf(type)).filter((name) => name !== undefined);
  }

  /** The types of the attributes that are not known here. */
  get unknown(): number[] {
    return this.attributes.map(({ type }) => type).filter((type) => attributeNameOf(type) === undefined);
  }

  /** The types of unknown attributes that the reader of the message must understand (RFC 8489 14: below 0x8000). */
  get unknownRequired(): number[] {
    return this.unknown.filter((type) => type < 0x8000);
  }

  has(name: AttributeName): boolean {
    return this.raw(formatOf(name).type) !== undefined;
  }

  /** Returns the value of an attribute; undefined if the message does not have it. */
  get<Name extends AttributeName>(name: Name): ValueOf<Name> | undefined {
    const format = formatOf(name);
    const attribute = this.raw(format.type);
    return attribute && format.read(attribute.value, this.transaction);
  }

  /** Adds an attribute, or changes its value in its place. */
  set<Name extends AttributeName>(name: Name, value: ValueOf<Name>): this {
    const format = formatOf(name);
    const written = format.write(value, this.transaction);
    const known = this.raw(format.type);
    if (known) known.value = written;
    else this.add(format.type, written);
    return this;
  }

  /** Adds an attribute of any type at the end, even if the message has one of that type. */
  add(type: number, value: Buffer): this {
    this.attributes.push({ type, value });
    return this;
  }

  /** Adds MESSAGE-INTEGRITY over the attributes before it (RFC 8489 14.5). */
  sign(key: Buffer): this {
    return this.set('MESSAGE-INTEGRITY', integrity(this.bytes, key));
  }

  /** Adds FINGERPRINT (RFC 8489 14.7), which has to be the last. */
  addFingerprint(): this {
    return this.set('FINGERPRINT', fingerprint(this.bytes));
  }

  /** The message as bytes for the wire. */
  get bytes(): Buffer {
    const body = this.attributes.map(({ type, value }) => {
      const attribute = Buffer.alloc(4 + padded(value.length));
      attribute.writeUInt16BE(type, 0);
      attribute.writeUInt16BE(value.length, 2);
      value.copy(attribute, 4);
      return attribute;
    });
    const header = Buffer.alloc(8);
    header.writeUInt16BE(typeOf(this.method) | kinds[this.kind], 0);
    header.writeUInt16BE(
      body.reduce((sum, { length }) => sum + length, 0),
      2,
    );
    header.writeUInt32BE(magicCookie, 4);
    return Buffer.concat([header, this.transaction, ...body]);
  }

  private raw(type: number): { value: Buffer } | undefined {
    return this.attributes.find((attribute) => attribute.type === type);
  }
}

/** Returns the length of an attribute's value with padding to four bytes (RFC 8489 14). */
export function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}

/** Computes the value of MESSAGE-INTEGRITY. @param before the message up to the attribute */
export function integrity(before: Buffer, key: Buffer): Buffer {
  return createHmac('sha1', key).update(endingBehind(before, integrityLength)).digest();
}

/** Computes the value of FINGERPRINT. @param before the message up to the attribute */
export function fingerprint(before: Buffer): number {
  return (crc32(endingBehind(before, fingerprintLength)) ^ 0x5354554e) >>> 0;
}

/**
 * Sets the message's length to count the attribute itself and nothing after it, as both computations
 * need it (RFC 8489 14.5, 14.7).
 */
function endingBehind(before: Buffer, attributeLength: number): Buffer {
  const head = Buffer.from(before);
  head.writeUInt16BE(before.length - headerLength + attributeLength, 2);
  return head;
}

/** Spreads the twelve bits of a method around the class bits of the message type (RFC 8489 5). */
function typeOf(method: number): number {
  return (method & 0x00f) | ((method & 0x070) << 1) | ((method & 0xf80) << 2);
}
