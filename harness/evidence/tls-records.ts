import { readConnects, type ConnectExchange } from './http-connect';
import { suiteName, versionName } from './suite-names';
import type { TcpConnection, TcpStream } from './tcp-streams';
import { clearMessages, leafCertificate, serverHello, type ServerHello } from './tls-handshake';
import { contentTypes, recordHeader, walk, type TlsRecord, type Walk } from './tls-record';

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
