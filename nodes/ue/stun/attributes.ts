import type { Endpoint } from '../protocol';

/** Writes and reads the value of an attribute. Both throw a `RangeError` if it is no such value. */
interface Format<Value> {
  write(value: Value, transaction: Buffer): Buffer;
  read(bytes: Buffer, transaction: Buffer): Value;
}

interface Attribute<Value> extends Format<Value> {
  /** Type of the attribute. A reader must understand attributes with types below 0x8000 (RFC 8489 14). */
  readonly type: number;
}

/** Code and reason phrase of an error response. */
export interface StunError {
  readonly code: number;
  readonly reason: string;
}

const bytes: Format<Buffer> = { write: (value) => value, read: (value) => value };
const text: Format<string> = {
  write: (value) => Buffer.from(value, 'utf8'),
  read: (value) => value.toString('utf8'),
};
const flag: Format<true> = { write: () => Buffer.alloc(0), read: () => true };

const number: Format<number> = {
  write: (value) => {
    const written = Buffer.alloc(4);
    written.writeUInt32BE(value);
    return written;
  },
  read: (value) => ofLength(value, 4).readUInt32BE(),
};

/** A number of two bytes, followed by two reserved bytes (RFC 8656 18.1). */
const channelNumber: Format<number> = {
  write: (value) => {
    const written = Buffer.alloc(4);
    written.writeUInt16BE(value);
    return written;
  },
  read: (value) => ofLength(value, 4).readUInt16BE(),
};

const tieBreaker: Format<bigint> = {
  write: (value) => {
    const written = Buffer.alloc(8);
    written.writeBigUInt64BE(value);
    return written;
  },
  read: (value) => ofLength(value, 8).readBigUInt64BE(),
};

/** An error, in which the hundreds and the rest of the code have a byte each (RFC 8489 14.8). */
const error: Format<StunError> = {
  write: ({ code, reason }) =>
    Buffer.concat([Buffer.from([0, 0, Math.floor(code / 100), code % 100]), Buffer.from(reason, 'utf8')]),
  read: (value) => ({
    code: value.readUInt8(2) * 100 + value.readUInt8(3),
    reason: value.subarray(4).toString('utf8'),
  }),
};

/** A list of attribute types (RFC 8489 14.10). */
const types: Format<readonly number[]> = {
  write: (value) => Buffer.concat(value.map((type) => Buffer.from([type >> 8, type & 0xff]))),
  read: (value) => {
    if (value.length % 2 !== 0) throw new RangeError('half an attribute type');
    return Array.from({ length: value.length / 2 }, (_, index) => value.readUInt16BE(2 * index));
  },
};

/** An address (RFC 8489 14.1). It is read for both families, but only written for IPv4, because the lab has no IPv6. */
const address: Format<Endpoint> = {
  write: ({ ip, port }) => {
    const written = Buffer.from([0, 1, port >> 8, port & 0xff, ...ip.split('.').map(Number)]);
    return ofLength(written, 8);
  },
  read: (value) => {
    const family = value.readUInt8(1);
    if (family !== 1 && family !== 2) throw new RangeError('an address of no known family');
    ofLength(value, family === 1 ? 8 : 20);
    return {
      ip: family === 1 ? ipv4(value.subarray(4)) : ipv6(value.subarray(4)),
      port: value.readUInt16BE(2),
    };
  },
};

/** An address whose port and IP are combined with the magic cookie and the transaction id by XOR (RFC 8489 14.2). */
const xorAddress: Format<Endpoint> = {
  write: (value, transaction) => combined(address.write(value, transaction), transaction),
  read: (value, transaction) => address.read(combined(value, transaction), transaction),
};

/**
 * The attributes that this codec understands, each with its type: those of RFC 8489 18.3, RFC 8656 18, RFC 6062
 * 6.2, RFC 8445 16.1 and RFC 5780 7. Some of them are only reserved in RFC 8489, but older servers still send them.
 */
export const attributes = {
  'MAPPED-ADDRESS': { type: 0x0001, ...address },
  'CHANGE-REQUEST': { type: 0x0003, ...number },
  'SOURCE-ADDRESS': { type: 0x0004, ...address },
  'CHANGED-ADDRESS': { type: 0x0005, ...address },
  USERNAME: { type: 0x0006, ...text },
  'MESSAGE-INTEGRITY': { type: 0x0008, ...bytes },
  'ERROR-CODE': { type: 0x0009, ...error },
  'UNKNOWN-ATTRIBUTES': { type: 0x000a, ...types },
  'CHANNEL-NUMBER': { type: 0x000c, ...channelNumber },
  LIFETIME: { type: 0x000d, ...number },
  'XOR-PEER-ADDRESS': { type: 0x0012, ...xorAddress },
  DATA: { type: 0x0013, ...bytes },
  REALM: { type: 0x0014, ...text },
  NONCE: { type: 0x0015, ...bytes },
  'XOR-RELAYED-ADDRESS': { type: 0x0016, ...xorAddress },
  'REQUESTED-ADDRESS-FAMILY': { type: 0x0017, ...number },
  'EVEN-PORT': { type: 0x0018, ...bytes },
  'REQUESTED-TRANSPORT': { type: 0x0019, ...number },
  'MESSAGE-INTEGRITY-SHA256': { type: 0x001c, ...bytes },
  'PASSWORD-ALGORITHM': { type: 0x001d, ...bytes },
  USERHASH: { type: 0x001e, ...bytes },
  'XOR-MAPPED-ADDRESS': { type: 0x0020, ...xorAddress },
  'RESERVATION-TOKEN': { type: 0x0022, ...bytes },
  PRIORITY: { type: 0x0024, ...number },
  'USE-CANDIDATE': { type: 0x0025, ...flag },
  'CONNECTION-ID': { type: 0x002a, ...number },
  'PASSWORD-ALGORITHMS': { type: 0x8002, ...bytes },
  'ALTERNATE-DOMAIN': { type: 0x8003, ...text },
  SOFTWARE: { type: 0x8022, ...text },
  'ALTERNATE-SERVER': { type: 0x8023, ...address },
  FINGERPRINT: { type: 0x8028, ...number },
  'ICE-CONTROLLED': { type: 0x8029, ...tieBreaker },
  'ICE-CONTROLLING': { type: 0x802a, ...tieBreaker },
  'RESPONSE-ORIGIN': { type: 0x802b, ...address },
  'OTHER-ADDRESS': { type: 0x802c, ...address },
} as const;

export type AttributeName = keyof typeof attributes;

/** The type of an attribute's value. */
export type ValueOf<Name extends AttributeName> = ReturnType<(typeof attributes)[Name]['read']>;

/** Returns the format of an attribute's value. */
export function formatOf<Name extends AttributeName>(name: Name): Attribute<ValueOf<Name>> {
  return attributes[name] as unknown as Attribute<ValueOf<Name>>;
}

const names = new Map<number, AttributeName>(
  Object.entries(attributes).map(([name, { type }]) => [type, name as AttributeName]),
);

/** Returns the name of the attribute with this type; undefined if the type is not known here. */
export function attributeNameOf(type: number): AttributeName | undefined {
  return names.get(type);
}

/** Values of REQUESTED-TRANSPORT: the first of four bytes is the protocol number (RFC 8656 18.8). */
export const requestedTransport = { udp: 17 << 24, tcp: 6 << 24 } as const;

/** Writes attribute types as RFCs do. */
export function showTypes(unknown: readonly number[]): string {
  return unknown.map((type) => `0x${type.toString(16).padStart(4, '0').toUpperCase()}`).join(', ');
}

function ofLength(value: Buffer, length: number): Buffer {
  if (value.length !== length) throw new RangeError(`${value.length} bytes in place of ${length}`);
  return value;
}

const cookie = [0x21, 0x12, 0xa4, 0x42];

function combined(value: Buffer, transaction: Buffer): Buffer {
  const mask = [0, 0, ...cookie.slice(0, 2), ...cookie, ...transaction];
  return Buffer.from(value.map((byte, index) => byte ^ (mask[index] ?? 0)));
}

function ipv4(value: Buffer): string {
  return [...value].join('.');
}

/** Writes an IPv6 address with its eight groups in full. This is enough, as nothing here compares IPv6 addresses. */
function ipv6(value: Buffer): string {
  return Array.from({ length: 8 }, (_, index) => value.readUInt16BE(2 * index).toString(16)).join(':');
}
