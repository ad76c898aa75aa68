import { classes, methods } from 'werift-ice/lib/ice/src/stun/const';
import { Message } from 'werift-ice/lib/ice/src/stun/message';
import type { Endpoint } from '../protocol';
import { parseMessage } from '../turn/stun-parser';

/** What an agent signs its checks' answers with and is addressed by (RFC 8445 5.3). */
export interface IceCredentials {
  readonly ufrag: string;
  readonly password: string;
}

export interface CheckFields {
  readonly local: IceCredentials;
  readonly remote: IceCredentials;
  /** Of the peer-reflexive candidate that the check may bring to light (RFC 8445 7.1.1). */
  readonly priority: number;
  readonly controlling: boolean;
  readonly tieBreaker: bigint;
  readonly nominate: boolean;
}

/** A connectivity check (RFC 8445 7.2.2). */
export function writeCheck(fields: CheckFields): Message {
  const message = new Message(methods.BINDING, classes.REQUEST)
    .setAttribute('USERNAME', `${fields.remote.ufrag}:${fields.local.ufrag}`)
    .setAttribute('PRIORITY', fields.priority)
    .setAttribute(fields.controlling ? 'ICE-CONTROLLING' : 'ICE-CONTROLLED', fields.tieBreaker);
  if (fields.nominate) message.setAttribute('USE-CANDIDATE', null);
  return message.addMessageIntegrity(keyOf(fields.remote)).addFingerprint();
}

export function writeSuccess(request: Message, from: Endpoint, local: IceCredentials): Buffer {
  return new Message(request.messageMethod, classes.RESPONSE, request.transactionId)
    .setAttribute('XOR-MAPPED-ADDRESS', [from.ip, from.port])
    .addMessageIntegrity(keyOf(local))
    .addFingerprint().bytes;
}

/** RFC 8445 7.3.1.1. */
export function writeRoleConflict(request: Message, local: IceCredentials): Buffer {
  return new Message(request.messageMethod, classes.ERROR, request.transactionId)
    .setAttribute('ERROR-CODE', [487, 'Role Conflict'])
    .addMessageIntegrity(keyOf(local))
    .addFingerprint().bytes;
}

/** RFC 8489 6.3.1: to a check with attributes that must be understood and are not. */
export function writeUnknownAttributes(
  request: Message,
  types: readonly number[],
  local: IceCredentials,
): Buffer {
  return new Message(request.messageMethod, classes.ERROR, request.transactionId)
    .setAttribute('ERROR-CODE', [420, 'Unknown Attribute'])
    .setAttribute('UNKNOWN-ATTRIBUTES', types)
    .addMessageIntegrity(keyOf(local))
    .addFingerprint().bytes;
}

/** Whether a Binding request is a check meant for us by somebody who was told our credentials (RFC 8489 9.1.3). */
export function isCheckFor(local: IceCredentials, request: Message, bytes: Buffer): boolean {
  const username: unknown = request.getAttributeValue('USERNAME');
  return (
    request.messageMethod === methods.BINDING &&
    typeof username === 'string' &&
    username.startsWith(`${local.ufrag}:`) &&
    parseMessage(bytes, keyOf(local)) !== undefined
  );
}

/** What the sender of a check says of its role: its tie-breaker, and whether it believes that it controls. */
export function roleIn(request: Message): { controlling: boolean; tieBreaker: bigint } | undefined {
  for (const controlling of [true, false]) {
    const value: unknown = request.getAttributeValue(controlling ? 'ICE-CONTROLLING' : 'ICE-CONTROLLED');
    if (typeof value === 'bigint') return { controlling, tieBreaker: value };
  }
  return undefined;
}

export function priorityIn(request: Message): number {
  const value: unknown = request.getAttributeValue('PRIORITY');
  return typeof value === 'number' ? value : 0;
}

export function errorCodeIn(response: Message): number {
  const value: unknown = response.getAttributeValue('ERROR-CODE');
  return Array.isArray(value) && typeof value[0] === 'number' ? value[0] : 0;
}

export function keyOf({ password }: IceCredentials): Buffer {
  return Buffer.from(password, 'utf8');
}
