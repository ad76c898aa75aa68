import { ATTRIBUTES_BY_NAME, ATTRIBUTES_BY_TYPE } from 'werift-ice/lib/ice-server/src/stun/attributes';
import type { ATTRIBUTE, AttributeKey } from 'werift-ice/lib/ice-server/src/stun/attributes';
import { classes, methods as stunMethods } from 'werift-ice/lib/ice/src/stun/const';
import { Message } from 'werift-ice/lib/ice/src/stun/message';
import { printable } from '../excerpt';
import { parseMessage } from './stun-parser';

/**
 * werift-ice's STUN codec with what RFC 6062 adds to it: three methods and CONNECTION-ID. The attribute goes into the
 * codec's own tables, since what the codec does not know it writes behind MESSAGE-INTEGRITY and FINGERPRINT, where no
 * server reads on. Messages are read by a parser of our own.
 */
export { Message, classes, parseMessage };

/** The methods of TURN: RFC 8656 17, RFC 6062 6.1. */
export const methods = {
  ALLOCATE: stunMethods.ALLOCATE,
  REFRESH: stunMethods.REFRESH,
  SEND: stunMethods.SEND,
  DATA: stunMethods.DATA,
  CREATE_PERMISSION: stunMethods.CREATE_PERMISSION,
  CHANNEL_BIND: stunMethods.CHANNEL_BIND,
  CONNECT: numbered(0x00a),
  CONNECTION_BIND: numbered(0x00b),
  CONNECTION_ATTEMPT: numbered(0x00c),
} as const;
export type Method = keyof typeof methods;

/** RFC 6062 6.2.1: four bytes by which a connection to a peer is known. */
export const connectionId = 'CONNECTION-ID' as AttributeKey;

const connectionIdAttribute: ATTRIBUTE = [
  0x002a,
  connectionId,
  (id: number) => {
    const value = Buffer.alloc(4);
    value.writeUInt32BE(id);
    return value;
  },
  // An attribute of another length throws, which makes the codec refuse the message.
  (value: Buffer) => {
    if (value.length !== 4) throw new RangeError('CONNECTION-ID is four bytes long');
    return value.readUInt32BE();
  },
];
ATTRIBUTES_BY_TYPE[connectionIdAttribute[0]] = connectionIdAttribute;
ATTRIBUTES_BY_NAME[connectionId] = connectionIdAttribute;

/** RFC 8656 18.7: a protocol number in the first of four bytes. */
export const requestedTransport = { udp: 17 << 24, tcp: 6 << 24 } as const;

export type Attributes = readonly (readonly [AttributeKey, unknown])[];

/** The CONNECTION-ID of a message. */
export function connectionIdIn(message: Message): number | undefined {
  const value: unknown = message.getAttributeValue(connectionId);
  return typeof value === 'number' ? value : undefined;
}

/** Reason phrases for servers that send none: RFC 8489 14.8, RFC 8656 19, RFC 6062 6.3. */
const reasons: Readonly<Record<number, string>> = {
  300: 'Try Alternate',
  400: 'Bad Request',
  401: 'Unauthenticated',
  403: 'Forbidden',
  420: 'Unknown Attribute',
  437: 'Allocation Mismatch',
  438: 'Stale Nonce',
  441: 'Wrong Credentials',
  442: 'Unsupported Transport Protocol',
  446: 'Connection Already Exists',
  447: 'Connection Timeout or Failure',
  486: 'Allocation Quota Reached',
  500: 'Server Error',
  508: 'Insufficient Capacity',
};

/** Code and reason of an error response; 0 if it names none. */
export function errorIn(message: Message): { readonly code: number; readonly reason: string } {
  const [code, reason] = (message.getAttributeValue('ERROR-CODE') as [number, string] | undefined) ?? [
    0,
    'without an error code',
  ];
  return { code, reason: printable(reason).trim() || (reasons[code] ?? '') };
}

/** The attributes of an error 420, which the sender of the request used and the server does not know. */
export function unknownToServer(message: Message): readonly number[] {
  return (message.getAttributeValue('UNKNOWN-ATTRIBUTES') as number[] | undefined) ?? [];
}

/** Attributes that must be understood (RFC 8489 14: types below 0x8000), and are not here. */
export function unknownRequiredIn(message: Message): readonly number[] {
  return message.unknownAttributeTypes.filter((type) => type < 0x8000);
}

/** Attribute types as RFCs write them. */
export function showTypes(types: readonly number[]): string {
  return types.map((type) => `0x${type.toString(16).padStart(4, '0').toUpperCase()}`).join(', ');
}

/** `CREATE_PERMISSION` as the RFC writes it: `CreatePermission`. */
export function nameOf(method: Method): string {
  return method
    .toLowerCase()
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

/** A method that the codec has no name for. */
function numbered(method: number): (typeof stunMethods)[keyof typeof stunMethods] {
  return method;
}
