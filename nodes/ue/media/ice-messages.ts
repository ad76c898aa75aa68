import { StunMessage } from '../stun/message';
import { methods } from '../stun/methods';
import { parseMessage } from '../stun/parser';
import type { Endpoint } from '../protocol';

/**
 * The credentials of an agent (RFC 8445 5.3). The fragment addresses it, and the password
 * signs checks to it and its answers.
 */
export interface IceCredentials {
  readonly ufrag: string;
  readonly password: string;
}

export interface CheckFields {
  readonly local: IceCredentials;
  readonly remote: IceCredentials;
  /** The priority of the peer-reflexive candidate that the check may discover (RFC 8445 7.1.1). */
  readonly priority: number;
  readonly controlling: boolean;
  readonly tieBreaker: bigint;
  readonly nominate: boolean;
}

/** Writes a connectivity check (RFC 8445 7.2.2). */
export function writeCheck(fields: CheckFields): StunMessage {
  const message = new StunMessage('BINDING', 'request')
    .set('USERNAME', `${fields.remote.ufrag}:${fields.local.ufrag}`)
    .set('PRIORITY', fields.priority)
    .set(fields.controlling ? 'ICE-CONTROLLING' : 'ICE-CONTROLLED', fields.tieBreaker);
  if (fields.nominate) message.set('USE-CANDIDATE', true);
  return message.sign(keyOf(fields.remote)).addFingerprint();
}

export function writeSuccess(request: StunMessage, from: Endpoint, local: IceCredentials): Buffer {
  return new StunMessage(request.method, 'success', request.transaction)
    .set('XOR-MAPPED-ADDRESS', from)
    .sign(keyOf(local))
    .addFingerprint().bytes;
}

/** Writes the answer to a check whose sender has the same role (RFC 8445 7.3.1.1). */
export function writeRoleConflict(request: StunMessage, local: IceCredentials): Buffer {
  return new StunMessage(request.method, 'error', request.transaction)
    .set('ERROR-CODE', { code: 487, reason: 'Role Conflict' })
    .sign(keyOf(local))
    .addFingerprint().bytes;
}

/** Writes the answer to a check with unknown attributes that must be understood (RFC 8489 6.3.1). */
export function writeUnknownAttributes(
  request: StunMessage,
  types: readonly number[],
  local: IceCredentials,
): Buffer {
  return new StunMessage(request.method, 'error', request.transaction)
    .set('ERROR-CODE', { code: 420, reason: 'Unknown Attribute' })
    .set('UNKNOWN-ATTRIBUTES', types)
    .sign(keyOf(local))
    .addFingerprint().bytes;
}

/** Says whether a Binding request is a check for this agent by a sender who knows its credentials (RFC 8489 9.1.3). */
export function isCheckFor(local: IceCredentials, request: StunMessage, bytes: Buffer): boolean {
  return (
    request.method === methods.BINDING &&
    request.get('USERNAME')?.startsWith(`${local.ufrag}:`) === true &&
    parseMessage(bytes, keyOf(local)) !== undefined
  );
}

/** Returns the role that the sender of a check claims: its tie-breaker, and whether it believes that it controls. */
export function roleIn(request: StunMessage): { controlling: boolean; tieBreaker: bigint } | undefined {
  for (const controlling of [true, false]) {
    const tieBreaker = request.get(controlling ? 'ICE-CONTROLLING' : 'ICE-CONTROLLED');
    if (tieBreaker !== undefined) return { controlling, tieBreaker };
  }
  return undefined;
}

export function priorityIn(request: StunMessage): number {
  return request.get('PRIORITY') ?? 0;
}

export function errorCodeIn(response: StunMessage): number {
  return response.get('ERROR-CODE')?.code ?? 0;
}

export function keyOf({ password }: IceCredentials): Buffer {
  return Buffer.from(password, 'utf8');
}
