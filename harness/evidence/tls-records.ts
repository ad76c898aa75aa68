import { readConnects, type ConnectExchange } from './http-connect';
import { suiteName, versionName } from './suite-names';
import type { StreamPiece, TcpConnection, TcpStream } from './tcp-streams';

/** Content types of TLS records (RFC 8446 5.1). */
export const contentTypes = {
  changeCipherSpec: 0x14,
  alert: 0x15,
  handshake: 0x16,
  applicationData: 0x17,
} as const;

/** A TLS record of a connection. */
export interface TlsRecord {
  readonly from: 'client' | 'server';
  /** Content type, see {@link contentTypes}. */
  readonly type: number;
  /** Bytes after the record header. */
  readonly length: number;
  /** Offset of its header in its direction's stream. */
  readonly offset: number;
  /** When its first byte was captured, ms since the epoch. */
  readonly at: number;
  /**
   * Numbers of the packets with its first and its last captured byte; `last` is missing while the record is cut
   * off.
   */
  readonly first: number;
  readonly last: number | undefined;
}

/** The TLS facts in a connection's bytes. */
export interface TlsFacts {
  /** CONNECT exchanges before the TLS. */
  readonly connects: readonly ConnectExchange[];
  /** Records of both directions in the order of their first bytes. */
  readonly records: readonly TlsRecord[];
  /** `TLSv1.2`; missing without a ServerHello. */
  readonly version: string | undefined;
  /** IANA name of the suite that the server chose. */
  readonly suite: string | undefined;
  /** DER of the server's own certificate; missing in TLS 1.3, which sends it encrypted. */
  readonly certificate: Uint8Array | undefined;
  /** True if the handshake ended in the sense of {@link readTls}. */
  readonly handshakeEnded: boolean;
  /** True if the client sent data after the handshake, and so has accepted the server. */
  readonly clientSpoke: boolean;
  /** Bytes outside of the handshake that the client sent before the handshake had ended. */
  readonly earlyBytes: number;
  /** Bytes that the client sent after any CONNECT. */
  readonly clientBytes: number;
}

/**
 * Reads the TLS of a connection captured on the UE's side, and whether the client sent anything before the
 * handshake ended (the CR, clause 8.3 item 1: "a TLS tunnel is established before any SIP traffic is
 * exchanged").
 *
 * After any CONNECT, these bytes are early: client bytes that are no TLS records, and application-data records
 * that the client sent before the end of the handshake. Seen from the client, the handshake ends as follows:
 * - Up to TLS 1.2 (RFC 5246 7.3): the client has sent its Finished (the handshake record after its
 *   ChangeCipherSpec) and the server's Finished has arrived completely. False Start (RFC 7918) therefore counts
 *   as early, because the server is not proven yet.
 * - TLS 1.3 (RFC 8446 2) hides Finished inside application-data records. The server's flight has arrived when
 *   its first such record after the ServerHello is complete. The client's first such record after that is its
 *   Finished, provided that it is long enough. 0-RTT data is therefore early. An alert looks like application
 *   data too, so records of exactly an alert's length are not counted after the server's flight; they have no
 *   room for a message.
 */
export function readTls(connection: Pick<TcpConnection, 'fromClient' | 'fromServer'>): TlsFacts {
  const { fromClient, fromServer } = connection;
  const { exchanges, clientOffset, serverOffset } = readConnects(fromClient.bytes, fromServer.bytes);
  const client = walk(fromClient, clientOffset, 'client');
  const server = walk(fromServer, serverOffset, 'server');
  const messages = clearMessages(fromServer.bytes, server.records);
  const hello = serverHello(messages);
  const tls13 = hello?.version === 0x0304;
  const spoken = tls13
    ? client.records.filter((record) => !isSealedAlert(record, server.records))
    : client.records;
  const end = tls13 ? endOfTls13(spoken, server.records, hello) : endOfTls12(spoken, server.records);
  return {
    connects: exchanges,
    records: [...client.records, ...server.records].sort((a, b) => a.first - b.first || a.offset - b.offset),
    version: hello && versionName(hello.version),
    suite: hello && suiteName(hello.suite),
    certificate: tls13 ? undefined : leafCertificate(messages),
    handshakeEnded: end !== undefined,
    clientSpoke: spoken.some(
      ({ type, offset }) =>
        type === contentTypes.applicationData && offset >= (end?.clientOffset ?? Infinity),
    ),
    earlyBytes: earlyBytes(fromClient, { ...client, records: spoken }, end),
    clientBytes: fromClient.bytes.length - clientOffset,
  };
}

/** The client's stream offset after its Finished, and the packet that completed the server's Finished. */
interface HandshakeEnd {
  readonly clientOffset: number;
  readonly serverPacket: number;
}

interface Walk {
  readonly records: TlsRecord[];
  /** Offset of the first byte that is not part of a TLS record; undefined when there is none. */
  readonly foreignFrom: number | undefined;
}

const recordHeader = 5;
/** Longest record of RFC 5246 6.2.3 (2^14 + 2048); bytes that claim a longer one are no TLS. */
const longestRecord = 0x4000 + 0x800;

function walk(stream: TcpStream, begin: number, from: TlsRecord['from']): Walk {
  const { bytes } = stream;
  const locate = locator(stream.pieces);
  const records: TlsRecord[] = [];
  let offset = begin;
  while (offset < bytes.length) {
    const type = bytes[offset] ?? 0;
    const known = type >= contentTypes.changeCipherSpec && type <= contentTypes.applicationData;
    const major = bytes[offset + 1] ?? 3; // a header that is cut off counts as right
    const minor = bytes[offset + 2] ?? 0;
    const length = ((bytes[offset + 3] ?? 0) << 8) | (bytes[offset + 4] ?? 0);
    if (!known || major !== 3 || minor > 4 || length > longestRecord) return { records, foreignFrom: offset };
    const end = offset + recordHeader + length;
    const pieces = locate(offset, end);
    const whole = end <= bytes.length;
    records.push({
      from,
      type,
      length,
      offset,
      at: pieces[0]?.at ?? 0,
      first: pieces[0]?.order ?? 0,
      // The record is complete when its last missing byte has come, which need not be its last byte.
      last: whole ? Math.max(...pieces.map((piece) => piece.order)) : undefined,
    });
    offset = end;
  }
  return { records, foreignFrom: undefined };
}

/** Returns a function that finds the pieces with the bytes [start, end). Its calls must have rising starts. */
function locator(pieces: readonly StreamPiece[]): (start: number, end: number) => StreamPiece[] {
  let index = 0;
  return (start, end) => {
    while (index + 1 < pieces.length && (pieces[index + 1]?.offset ?? 0) <= start) index++;
    const found: StreamPiece[] = [];
    for (let i = index; i < pieces.length; i++) {
      const piece = pieces[i];
      if (!piece || (piece.offset >= end && found.length > 0)) break;
      found.push(piece);
    }
    return found;
  };
}

function endOfTls12(client: readonly TlsRecord[], server: readonly TlsRecord[]): HandshakeEnd | undefined {
  const mine = finishedRecord(client);
  const theirs = finishedRecord(server)?.last;
  if (mine?.last === undefined || theirs === undefined) return undefined;
  return { clientOffset: mine.offset + recordHeader + mine.length, serverPacket: theirs };
}

/**
 * Returns the record with Finished, the first one under the new keys: the handshake record right after
 * ChangeCipherSpec.
 */
function finishedRecord(records: readonly TlsRecord[]): TlsRecord | undefined {
  const change = records.findIndex((record) => record.type === contentTypes.changeCipherSpec);
  const next = change < 0 ? undefined : records[change + 1];
  return next?.type === contentTypes.handshake ? next : undefined;
}

/** Returns the packet that completed the server's first encrypted record of TLS 1.3. */
function flightArrived(server: readonly TlsRecord[]): number | undefined {
  return server.find(({ type }) => type === contentTypes.applicationData)?.last;
}

/** Bytes of an alert: level and description, the inner content type and the tag (RFC 8446 5.2, 6). */
const sealedAlertLength = 2 + 1 + 16;

function isSealedAlert({ type, length, first }: TlsRecord, server: readonly TlsRecord[]): boolean {
  const arrived = flightArrived(server);
  const sealed = type === contentTypes.applicationData && length === sealedAlertLength;
  return sealed && arrived !== undefined && first > arrived;
}

function endOfTls13(
  client: readonly TlsRecord[],
  server: readonly TlsRecord[],
  hello: ServerHello,
): HandshakeEnd | undefined {
  const arrived = flightArrived(server);
  if (arrived === undefined) return undefined;
  const mine = client.find(({ type, first }) => type === contentTypes.applicationData && first > arrived);
  // A Finished has the header of the message, the hash, the inner content type and the tag (RFC 8446 4.4.4,
  // 5.2).
  const shortest = 4 + (hello.suite === 0x1302 ? 48 : 32) + 1 + 16;
  if (mine?.last === undefined || mine.length < shortest) return undefined;
  return { clientOffset: mine.offset + recordHeader + mine.length, serverPacket: arrived };
}

function earlyBytes(
  stream: TcpStream,
  { records, foreignFrom }: Walk,
  end: HandshakeEnd | undefined,
): number {
  const late = (offset: number, packet: number): boolean =>
    end !== undefined && offset >= end.clientOffset && packet > end.serverPacket;
  let early = 0;
  for (const { type, offset, first, length } of records) {
    if (type !== contentTypes.applicationData || late(offset, first)) continue;
    // The record that is taken for TLS 1.3's Finished belongs to the handshake.
    if (end !== undefined && offset + recordHeader + length === end.clientOffset) continue;
    early += Math.min(recordHeader + length, stream.bytes.length - offset);
  }
  for (const piece of foreignFrom === undefined ? [] : stream.pieces) {
    const begin = Math.max(piece.offset, foreignFrom ?? 0);
    const behind = piece.offset + piece.bytes.length;
    if (behind > begin && !late(begin, piece.order)) early += behind - begin;
  }
  return early;
}

interface HandshakeMessage {
  readonly type: number;
  readonly body: Buffer;
}

/**
 * Returns the server's handshake messages in the clear: those before its ChangeCipherSpec. After a
 * HelloRetryRequest a ChangeCipherSpec means nothing (RFC 8446 D.4), so there the messages up to the next one
 * count too.
 */
function clearMessages(bytes: Uint8Array, records: readonly TlsRecord[]): HandshakeMessage[] {
  const untilChange = (from: number): number => {
    const next = records.findIndex(
      ({ type }, index) =>
        index >= from && (type === contentTypes.changeCipherSpec || type === contentTypes.applicationData),
    );
    return next < 0 ? records.length : next;
  };
  const first = untilChange(0);
  const messages = handshakeMessages(bytes, records.slice(0, first));
  const last = messages.at(-1);
  if (last === undefined || !isRetry(last)) return messages;
  return [...messages, ...handshakeMessages(bytes, records.slice(first, untilChange(first + 1)))];
}

/**
 * Takes handshake messages out of their records. A message may span several records, and a record may hold
 * several messages.
 */
function handshakeMessages(bytes: Uint8Array, records: readonly TlsRecord[]): HandshakeMessage[] {
  const all = Buffer.concat(
    records
      .filter(({ type }) => type === contentTypes.handshake)
      .map(({ offset, length }) => bytes.subarray(offset + recordHeader, offset + recordHeader + length)),
  );
  const messages: HandshakeMessage[] = [];
  let offset = 0;
  while (all.length - offset >= 4) {
    const end = offset + 4 + all.readUIntBE(offset + 1, 3);
    if (end > all.length) break;
    messages.push({ type: all[offset] ?? 0, body: all.subarray(offset + 4, end) });
    offset = end;
  }
  return messages;
}

interface ServerHello {
  readonly version: number;
  readonly suite: number;
}

/** The random that makes a ServerHello a HelloRetryRequest (RFC 8446 4.1.3). */
const helloRetryRequest = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';

function isRetry({ type, body }: HandshakeMessage): boolean {
  return type === 2 && body.subarray(2, 34).toString('hex') === helloRetryRequest;
}

function serverHello(messages: readonly HandshakeMessage[]): ServerHello | undefined {
  const hello = messages.find((message) => message.type === 2 && !isRetry(message))?.body;
  const session = hello?.[34] ?? 0;
  if (!hello || hello.length < 38 + session) return undefined;
  const version = supportedVersion(hello.subarray(38 + session)) ?? hello.readUInt16BE(0);
  return { version, suite: hello.readUInt16BE(35 + session) };
}

/** Reads the version from the supported_versions extension (43), the only place where TLS 1.3 names it. */
function supportedVersion(block: Buffer): number | undefined {
  let offset = 2;
  while (block.length - offset >= 4) {
    const length = block.readUInt16BE(offset + 2);
    if (block.readUInt16BE(offset) === 43 && length === 2 && block.length - offset >= 6) {
      return block.readUInt16BE(offset + 4);
    }
    offset += 4 + length;
  }
  return undefined;
}

/** Returns the first certificate of the chain in the Certificate message (RFC 5246 7.4.2). */
function leafCertificate(messages: readonly HandshakeMessage[]): Uint8Array | undefined {
  const body = messages.find(({ type }) => type === 11)?.body;
  if (!body || body.length < 6) return undefined;
  const length = body.readUIntBE(3, 3);
  return length > 0 && body.length >= 6 + length ? body.subarray(6, 6 + length) : undefined;
}
