import type { StreamPiece, TcpStream } from './tcp-streams';

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

/** The TLS records of one direction. */
export interface Walk {
  readonly records: TlsRecord[];
  /** Offset of the first byte that is not part of a TLS record; undefined when there is none. */
  readonly foreignFrom: number | undefined;
}

/** Bytes of a record's header (RFC 8446 5.1). */
export const recordHeader = 5;
/** Longest record of RFC 5246 6.2.3 (2^14 + 2048); bytes that claim a longer one are no TLS. */
const longestRecord = 0x4000 + 0x800;

/** Walks over the records of a stream from the offset at which its TLS begins. */
export function walk(stream: TcpStream, begin: number, from: TlsRecord['from']): Walk {
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
export function locator(pieces: readonly StreamPiece[]): (start: number, end: number) => StreamPiece[] {
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
