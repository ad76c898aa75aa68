/** Incremental decoder of the classic pcap format (draft-ietf-opsawg-pcap), as `tcpdump -U -w -` streams it. */

/** Values of the pcap link-type field that this project meets. */
export const linkTypes = {
  null: 0,
  ethernet: 1,
  raw: 101,
  loop: 108,
  linuxSll: 113,
  ipv4: 228,
  nflog: 239,
  upperPdu: 252,
  linuxSll2: 276,
} as const;

/** One record of a capture. */
export interface CapturedPacket {
  readonly kind: 'packet';
  /** Number of the record in the capture, from 1; Wireshark's frame number. */
  readonly frame: number;
  /** Time of capture, milliseconds since the Unix epoch, fractional. */
  readonly at: number;
  /** See {@link linkTypes}; other values are passed on unchanged. */
  readonly linkType: number;
  /** The captured bytes of the packet. */
  readonly bytes: Uint8Array;
  /** Its length on the wire, in bytes. */
  readonly originalLength: number;
  /** Byte order of the capturing machine, in which NFLOG's TLVs are written. */
  readonly littleEndian: boolean;
}

export type PcapProblemCode =
  | 'PCAP_NOT_A_CAPTURE' // the first bytes are no pcap magic number
  | 'PCAP_BAD_RECORD' // a record's length cannot be true
  | 'PCAP_TRUNCATED'; // the stream ended inside a header or a record

/** The reason why decoding stopped; a decoder returns nothing after it. */
export interface PcapProblem {
  readonly kind: 'problem';
  readonly code: PcapProblemCode;
  readonly text: string;
}

export type PcapItem = CapturedPacket | PcapProblem;

/** Bytes of a capture's header. */
export const pcapHeaderLength = 24;
const recordHeaderLength = 16;
/** Longest believable record in bytes: four times tcpdump's default snapshot length of 256 KiB. */
export const longestRecord = 1024 * 1024;

/** What the header of a capture tells. */
export interface PcapFormat {
  readonly littleEndian: boolean;
  readonly unitsPerMs: number;
  /** See {@link linkTypes}. */
  readonly linkType: number;
}

/**
 * Decodes a capture in pieces of any size. It never throws: garbage gives one {@link PcapProblem} and nothing
 * after it.
 */
export class PcapDecoder {
  private pending: Uint8Array = new Uint8Array(0);
  private header: PcapFormat | undefined;
  private stopped = false;
  private frames = 0;

  /**
   * @param copies false to have packets that are views of the chunks, for a caller that neither changes a chunk nor
   *   keeps many packets
   */
  constructor(private readonly copies = true) {}

  /** Number of bytes at the end of the input that belong to an incomplete record. */
  get unfinished(): number {
    return this.pending.length;
  }

  /** True if the file header was seen. With `tcpdump -U`, every packet from then on is captured. */
  get started(): boolean {
    return this.header !== undefined;
  }

  /** What the file header tells; undefined until it was seen. */
  get format(): PcapFormat | undefined {
    return this.header;
  }

  /** Takes the next bytes and returns the records that they complete. */
  push(chunk: Uint8Array): PcapItem[] {
    if (this.stopped) return [];
    const bytes = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    const items: PcapItem[] = [];
    let offset = 0;
    if (this.header === undefined) {
      if (bytes.length < pcapHeaderLength) return this.keep(bytes, items);
      this.header = readFormat(view(bytes));
      if (this.header === undefined) {
        return this.stop(items, 'PCAP_NOT_A_CAPTURE', 'these bytes do not begin like a pcap capture');
      }
      offset = pcapHeaderLength;
    }
    const { littleEndian, unitsPerMs, linkType } = this.header;
    const data = view(bytes);
    while (bytes.length - offset >= recordHeaderLength) {
      const seconds = data.getUint32(offset, littleEndian);
      const fraction = data.getUint32(offset + 4, littleEndian);
      const length = data.getUint32(offset + 8, littleEndian);
      const originalLength = data.getUint32(offset + 12, littleEndian);
      if (length > longestRecord) {
        return this.stop(items, 'PCAP_BAD_RECORD', `a record of the capture claims ${length} bytes`);
      }
      const start = offset + recordHeaderLength;
      if (bytes.length - start < length) break;
      items.push({
        kind: 'packet',
        frame: ++this.frames,
        at: seconds * 1000 + fraction / unitsPerMs,
        linkType,
        // The bytes are copied, since a view of one packet would keep its whole chunk in memory.
        bytes: this.copies
          ? Uint8Array.prototype.slice.call(bytes, start, start + length)
          : bytes.subarray(start, start + length),
        originalLength,
        littleEndian,
      });
      offset = start + length;
    }
    return this.keep(bytes.subarray(offset), items);
  }

  /** Ends the stream. Returns a problem when it ended inside a header or a record. */
  end(): PcapItem[] {
    if (this.stopped) return [];
    const left = this.pending.length;
    if (left === 0 && this.header !== undefined) {
      this.stopped = true;
      return [];
    }
    const where = this.header === undefined ? 'the file header' : 'a record';
    return this.stop(
      [],
      'PCAP_TRUNCATED',
      `the capture ends inside ${where} (${left} bytes of it are there)`,
    );
  }

  private keep(rest: Uint8Array, items: PcapItem[]): PcapItem[] {
    // The bytes are copied, since the caller may reuse its chunk.
    this.pending = Uint8Array.prototype.slice.call(rest);
    return items;
  }

  private stop(items: PcapItem[], code: PcapProblemCode, text: string): PcapItem[] {
    this.stopped = true;
    this.pending = new Uint8Array(0);
    items.push({ kind: 'problem', code, text });
    return items;
  }
}

/** Decodes a stream of pcap bytes from a file or tcpdump as it arrives. */
export async function* pcapItems(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<PcapItem> {
  const decoder = new PcapDecoder();
  for await (const chunk of chunks) yield* decoder.push(chunk);
  yield* decoder.end();
}

function readFormat(header: DataView): PcapFormat | undefined {
  for (const littleEndian of [true, false]) {
    const magic = header.getUint32(0, littleEndian);
    const unitsPerMs = magic === 0xa1b2c3d4 ? 1e3 : magic === 0xa1b23c4d ? 1e6 : undefined;
    // The upper half of the link-type field carries flags (length of a frame check sequence).
    if (unitsPerMs)
      return { littleEndian, unitsPerMs, linkType: header.getUint32(20, littleEndian) & 0xffff };
  }
  return undefined;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
