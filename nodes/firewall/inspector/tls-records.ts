/** Content types of TLS records (RFC 8446 section 5.1). */
export const contentTypes = { handshake: 22, applicationData: 23 } as const;

/** Some bytes of a record's content. The content comes in as many fragments as the stream comes in pieces. */
export interface Fragment {
  /** Content type; undefined if the bytes are not part of a TLS record. */
  readonly type: number | undefined;
  readonly bytes: Buffer;
  /** Offset of the bytes in the record's content. */
  readonly offset: number;
  /** The length of the record's content. */
  readonly length: number;
}

const headerLength = 5;
/** Longest content of a record (RFC 5246 section 6.2.3). */
const longestRecord = 2 ** 14 + 2048;

/** Reads a stream as TLS records. From the first bytes on that are no record, it returns the stream unchanged. */
export class TlsRecordReader {
  /** The part of the next record's header that is there. */
  private header = Buffer.alloc(0);
  private type = 0;
  private length = 0;
  private offset = 0;
  private foreign = false;

  /** Says whether the stream is TLS, as far as it has been read. */
  get isTls(): boolean {
    return !this.foreign;
  }

  /** Yields the fragments lazily, since the caller may stop after any of them. */
  *read(bytes: Buffer): Generator<Fragment> {
    while (bytes.length > 0) {
      if (this.foreign) {
        yield { type: undefined, bytes, offset: 0, length: bytes.length };
        return;
      }
      if (this.offset === this.length) {
        const missing = headerLength - this.header.length;
        this.header = Buffer.concat([this.header, bytes.subarray(0, missing)]);
        bytes = bytes.subarray(missing);
        if (!mayBeHeader(this.header)) {
          this.foreign = true;
          bytes = Buffer.concat([this.header, bytes]);
          continue;
        }
        if (this.header.length < headerLength) return;
        this.type = this.header[0]!;
        this.length = this.header.readUInt16BE(3);
        this.offset = 0;
        this.header = Buffer.alloc(0);
        continue;
      }
      const part = bytes.subarray(0, this.length - this.offset);
      const { type, offset, length } = this;
      this.offset += part.length;
      bytes = bytes.subarray(part.length);
      yield { type, bytes: part, offset, length };
    }
  }
}

/** Says whether bytes are a record's header, or the beginning of one. */
function mayBeHeader(header: Buffer): boolean {
  const [type = 20, major = 3] = header;
  const length = header.length < headerLength ? 0 : header.readUInt16BE(3);
  return type >= 20 && type <= 24 && major === 3 && length <= longestRecord;
}
