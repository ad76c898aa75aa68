import type { Ipv4Packet } from './packet';

/** The facts in a SIP message's start line and headers (RFC 3261). A missing or cut off one is undefined. */
export interface SipFacts {
  /** The request's method, or the one that a response answers (CSeq). */
  readonly method?: string;
  /** Status code of a response. */
  readonly status?: number;
  /** Branch of the topmost Via. */
  readonly branch?: string;
  readonly callId?: string;
}

/** The facts in a STUN message's header (RFC 8489 clause 5). */
export interface StunFacts {
  readonly class: 'request' | 'indication' | 'success response' | 'error response';
  /** Name of the method (RFC 8489, 8656, 6062), or its number in hexadecimal. */
  readonly method: string;
  /** 24 hexadecimal digits, lower case. */
  readonly transaction: string;
}

/**
 * The messages that can be read in a packet's payload, in the clear or behind TLS record headers (a NULL suite
 * leaves them readable).
 */
export interface PayloadFacts {
  readonly sip: readonly SipFacts[];
  readonly stun: readonly StunFacts[];
}

/** Reads the SIP and STUN messages in a transport payload. */
export function readPayload(payload: Uint8Array): PayloadFacts {
  const sip: SipFacts[] = [];
  const stun: StunFacts[] = [];
  for (const part of [payload, ...recordContents(payload)]) {
    const message = readSip(part);
    if (message) sip.push(message);
    stun.push(...readStun(part));
  }
  return { sip, stun };
}

/** Reads the SIP and STUN messages in a packet, or in the packet that an ICMP error is about. */
export function readPacket(packet: Ipv4Packet): PayloadFacts {
  if (packet.protocol === 'icmp') return packet.about ? readPacket(packet.about) : { sip: [], stun: [] };
  if (packet.protocol === 'other') return { sip: [], stun: [] };
  return readPayload(packet.payload);
}

/**
 * Yields the contents of the application-data records (RFC 5246 6.2.1) that begin in this payload; the last one
 * may be cut off.
 */
function* recordContents(payload: Uint8Array): Generator<Uint8Array> {
  let offset = 0;
  while (isTlsRecord(payload.subarray(offset))) {
    const length = ((payload[offset + 3] ?? 0) << 8) | (payload[offset + 4] ?? 0);
    if (payload[offset] === 0x17) yield payload.subarray(offset + 5, offset + 5 + length);
    offset += 5 + length;
  }
}

/** Says whether the bytes begin with a TLS record header: a known content type and version 3.x. */
export function isTlsRecord(bytes: Uint8Array): boolean {
  const type = bytes[0] ?? 0;
  return bytes.length >= 5 && type >= 0x14 && type <= 0x17 && bytes[1] === 3 && (bytes[2] ?? 9) <= 4;
}

const requestLine = /^([A-Z][A-Z0-9.!%*_+`'~-]*) \S+ SIP\/2\.0\r?$/;
const statusLine = /^SIP\/2\.0 (\d{3})(?: .*)?\r?$/;

/** Reads the SIP message that the bytes begin with, after any keep-alive CRLFs (RFC 5626 3.5.1). */
export function readSip(bytes: Uint8Array): SipFacts | undefined {
  let start = 0;
  while (bytes[start] === 0x0d || bytes[start] === 0x0a) start++;
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset + start, bytes.length - start)
    .toString('latin1')
    .split('\n');
  // Without its line feed the last line may be cut off, and half a branch is another branch.
  lines.pop();
  const first = lines[0] ?? '';
  const method = requestLine.exec(first)?.[1];
  const status = statusLine.exec(first)?.[1];
  if (method === undefined && status === undefined) return undefined;
  const headers = topHeaders(lines.slice(1));
  const branch = headers.via === undefined ? undefined : topBranch(headers.via);
  const answered = status === undefined ? undefined : headers.cseq?.split(/\s+/)[1];
  return {
    ...((method ?? answered) && { method: method ?? answered }),
    ...(status && { status: Number(status) }),
    ...(branch && { branch }),
    ...(headers.callId && { callId: headers.callId }),
  };
}

const headerNames: Readonly<Record<string, 'via' | 'callId' | 'cseq'>> = {
  via: 'via',
  v: 'via',
  'call-id': 'callId',
  i: 'callId',
  cseq: 'cseq',
};

/** Returns the first value of each known header, with folded lines joined (RFC 3261 7.3.1). */
function topHeaders(lines: readonly string[]): { via?: string; callId?: string; cseq?: string } {
  const headers: { via?: string; callId?: string; cseq?: string } = {};
  for (let i = 0; i < lines.length; i++) {
    let line = (lines[i] ?? '').trimEnd();
    if (line === '') break;
    while (/^[ \t]/.test(lines[i + 1] ?? '')) line += ` ${(lines[++i] ?? '').trim()}`;
    const colon = line.indexOf(':');
    const name = headerNames[line.slice(0, Math.max(colon, 0)).trim().toLowerCase()];
    if (name !== undefined) headers[name] ??= line.slice(colon + 1).trim();
  }
  return headers;
}

function topBranch(via: string): string | undefined {
  const top = via.split(',')[0] ?? '';
  return /;\s*branch\s*=\s*([^\s;,"]+)/i.exec(top)?.[1];
}

const stunClasses = ['request', 'indication', 'success response', 'error response'] as const;
const stunMethods: Readonly<Record<number, string>> = {
  1: 'Binding',
  3: 'Allocate',
  4: 'Refresh',
  6: 'Send',
  7: 'Data',
  8: 'CreatePermission',
  9: 'ChannelBind',
  10: 'Connect',
  11: 'ConnectionBind',
  12: 'ConnectionAttempt',
};

/** Reads the STUN messages that stand one after the other at the start of the bytes. */
export function* readStun(bytes: Uint8Array): Generator<StunFacts> {
  let rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  // A header is two zero bits, a length that is a multiple of four, and the magic cookie (RFC 8489 clause 5).
  while (rest.length >= 20 && (rest[0] ?? 0xff) < 0x40 && rest.readUInt32BE(4) === 0x2112a442) {
    const type = rest.readUInt16BE(0);
    const length = rest.readUInt16BE(2);
    if (length % 4 !== 0) return;
    const method = ((type & 0x3e00) >> 2) | ((type & 0x00e0) >> 1) | (type & 0x000f);
    yield {
      class: stunClasses[((type & 0x0100) >> 7) | ((type & 0x0010) >> 4)] ?? 'request',
      method: stunMethods[method] ?? `0x${method.toString(16)}`,
      transaction: rest.subarray(8, 20).toString('hex'),
    };
    rest = rest.subarray(20 + length);
  }
}
