/** Incremental decoder of the pcapng format (draft-ietf-opsawg-pcapng), of this project's captures and of anybody's. */
import { blockTypes, byteOrderMagic, frameLength, options, padded } from './pcapng-format';
import { longestRecord, type CapturedPacket, type PcapProblem, type PcapProblemCode } from './pcap';

/** An interface that packets were captured at. */
export interface CaptureInterface {
  /** Its number in the section, from 0. */
  readonly number: number;
  /** Empty if the capture does not name it. */
  readonly name: string;
  /** Empty if the capture does not describe it. */
  readonly description: string;
}

/** A packet with what a pcapng tells besides it. */
export interface AnnotatedPacket extends CapturedPacket {
  /** Missing in a classic pcap. */
  readonly interface?: CaptureInterface;
  /** The packet's comments, a line each; missing if there is none. */
  readonly comment?: string;
}

/** The content of a Decryption Secrets Block. */
export interface CaptureSecrets {
  readonly kind: 'secrets';
  /** What they are; see `tlsKeyLog`. */
  readonly type: number;
  readonly bytes: Uint8Array;
}

export type PcapngItem = AnnotatedPacket | CaptureSecrets | PcapProblem;

/** Longest believable block in bytes, which is the longest that Wireshark reads. */
const longestBlock = 16 * 1024 * 1024;
/** Bytes of a Section Header Block that tell the byte order. */
const orderLength = 12;

interface DescribedInterface extends CaptureInterface {
  readonly linkType: number;
  readonly snapLength: number;
  /** Units of its time stamps in a second. */
  readonly unitsPerSecond: bigint;
  /** Seconds to add to its time stamps. */
  readonly offset: number;
}

/** A problem of one block, which ends the decoding. */
class BadBlock extends Error {}

/**
 * Decodes a capture in pieces of any size. It never throws: garbage gives one problem and nothing after it. Blocks that
 * carry neither packets nor secrets are skipped.
 */
export class PcapngDecoder {
  private readonly chunks: Buffer[] = [];
  /** Bytes in {@link chunks}. */
  private held = 0;
  /** Bytes that have to be held before there is more to decode. */
  private needed = orderLength;
  private isStopped = false;
  private littleEndian: boolean | undefined;
  private interfaces: DescribedInterface[] = [];
  private frames = 0;
  /** Time of the last packet, which one without a time gets. */
  private lastAt = 0;

  /** Takes the next bytes and returns what they complete. */
  push(chunk: Uint8Array): PcapngItem[] {
    if (this.isStopped) return [];
    // The bytes are copied, since the caller may reuse its chunk.
    this.chunks.push(Buffer.from(chunk));
    this.held += chunk.length;
    if (this.held < this.needed) return [];
    const items: PcapngItem[] = [];
    let bytes: Buffer = this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks);
    try {
      for (;;) {
        const length = this.lengthOf(bytes);
        this.needed = length ?? orderLength;
        if (length === undefined || bytes.length < length) break;
        const item = this.block(bytes.subarray(0, length));
        if (item) items.push(item);
        bytes = bytes.subarray(length);
      }
    } catch (error) {
      if (!(error instanceof BadBlock)) throw error;
      const code = this.littleEndian === undefined ? 'PCAP_NOT_A_CAPTURE' : 'PCAP_BAD_RECORD';
      return [...items, this.stop(code, error.message)];
    }
    this.chunks.splice(0, Infinity, bytes);
    this.held = bytes.length;
    return items;
  }

  /** Ends the stream. Returns a problem when it ended inside a block. */
  end(): PcapngItem[] {
    if (this.isStopped) return [];
    const left = this.held;
    if (left === 0 && this.littleEndian !== undefined) {
      this.isStopped = true;
      return [];
    }
    return [this.stop('PCAP_TRUNCATED', `the capture ends inside a block (${left} bytes of it are there)`)];
  }

  private stop(code: PcapProblemCode, text: string): PcapProblem {
    this.isStopped = true;
    this.chunks.length = 0;
    return { kind: 'problem', code, text };
  }

  /**
   * Returns the length of the block that these bytes begin with; undefined if too little is there to know it.
   * @throws BadBlock when it cannot be true
   */
  private lengthOf(bytes: Buffer): number | undefined {
    if (bytes.length < orderLength) return undefined;
    // The type of a section header reads the same in both byte orders.
    if (bytes.readUInt32BE(0) === blockTypes.sectionHeader) this.beginSection(bytes);
    if (this.littleEndian === undefined) throw new BadBlock('these bytes do not begin like a pcapng capture');
    const length = u32(bytes, 4, this.littleEndian);
    if (length < frameLength || length > longestBlock || length % 4 !== 0)
      throw new BadBlock(`a block of the capture claims ${length} bytes`);
    return length;
  }

  private beginSection(bytes: Buffer): void {
    const order = [true, false].find((little) => u32(bytes, 8, little) === byteOrderMagic);
    if (order === undefined)
      throw new BadBlock('a section of the capture does not begin with a byte order that there is');
    this.littleEndian = order;
  }

  /** Decodes a whole block. @throws BadBlock */
  private block(bytes: Buffer): PcapngItem | undefined {
    const little = this.littleEndian!;
    const length = bytes.length;
    if (u32(bytes, length - 4, little) !== length)
      throw new BadBlock(`a block of the capture has ${length} bytes and another length at its end`);
    const content = new Fields(bytes.subarray(8, length - 4), little);
    switch (u32(bytes, 0, little)) {
      case blockTypes.sectionHeader:
        return this.section(content);
      case blockTypes.interfaceDescription:
        return this.describe(content);
      case blockTypes.enhancedPacket:
        return this.enhancedPacket(content, this.interfaceAt(content.u32()));
      case blockTypes.packet: {
        const from = this.interfaceAt(content.u16());
        content.u16(); // number of packets that were dropped
        return this.enhancedPacket(content, from);
      }
      case blockTypes.simplePacket:
        return this.simplePacket(content);
      case blockTypes.decryptionSecrets: {
        const type = content.u32();
        return { kind: 'secrets', type, bytes: content.bytes(content.u32()) };
      }
      case blockTypes.journalExport:
      case blockTypes.custom:
      case blockTypes.customNotCopied:
        this.frames++;
        return undefined;
      default:
        return undefined;
    }
  }

  private section(content: Fields): undefined {
    content.u32(); // the byte order
    const [major, minor] = [content.u16(), content.u16()];
    if (major !== 1)
      throw new BadBlock(`the capture is of version ${major}.${minor} of pcapng, and known is version 1`);
    this.interfaces = [];
    return undefined;
  }

  private describe(content: Fields): undefined {
    const linkType = content.u16();
    content.u16(); // reserved
    const snapLength = content.u32();
    const told = content.options();
    const { name, description, resolution, offset } = options.interface;
    const units = told.get(resolution)?.[0]?.[0] ?? 6;
    const seconds = told.get(offset)?.[0];
    this.interfaces.push({
      number: this.interfaces.length,
      name: textOf(told.get(name)),
      description: textOf(told.get(description)),
      linkType,
      snapLength,
      unitsPerSecond: units & 0x80 ? 2n ** BigInt(units & 0x7f) : 10n ** BigInt(units),
      offset: seconds?.length === 8 ? new Fields(seconds, this.littleEndian!).i64() : 0,
    });
    return undefined;
  }

  private interfaceAt(number: number): DescribedInterface {
    const found = this.interfaces[number];
    if (!found)
      throw new BadBlock(`a packet of the capture is of interface ${number}, which it does not describe`);
    return found;
  }

  private enhancedPacket(content: Fields, from: DescribedInterface): AnnotatedPacket {
    const ticks = (BigInt(content.u32()) << 32n) | BigInt(content.u32());
    const { unitsPerSecond: units, offset } = from;
    const [seconds, rest] = [Number(ticks / units) + offset, Number(ticks % units)];
    this.lastAt = seconds * 1000 + rest / (Number(units) / 1000);
    const length = content.u32();
    const originalLength = content.u32();
    const bytes = this.packetBytes(content, length);
    const comment = content.options().get(options.comment);
    return this.packet(from, {
      bytes,
      originalLength,
      ...(comment ? { comment: comment.map((one) => textOf([one])).join('\n') } : {}),
    });
  }

  private simplePacket(content: Fields): AnnotatedPacket {
    const from = this.interfaceAt(0);
    const originalLength = content.u32();
    const most = from.snapLength === 0 ? originalLength : Math.min(from.snapLength, originalLength);
    return this.packet(from, { bytes: this.packetBytes(content, most), originalLength });
  }

  private packetBytes(content: Fields, length: number): Uint8Array {
    if (length > longestRecord) throw new BadBlock(`a packet of the capture claims ${length} bytes`);
    return content.bytes(length);
  }

  private packet(
    { number, name, description, linkType }: DescribedInterface,
    read: Pick<AnnotatedPacket, 'bytes' | 'originalLength' | 'comment'>,
  ): AnnotatedPacket {
    return {
      kind: 'packet',
      frame: ++this.frames,
      at: this.lastAt,
      linkType,
      littleEndian: this.littleEndian!,
      interface: { number, name, description },
      ...read,
    };
  }
}

/** Decodes a stream of pcapng bytes as it arrives. */
export async function* pcapngItems(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<PcapngItem> {
  const decoder = new PcapngDecoder();
  for await (const chunk of chunks) yield* decoder.push(chunk);
  yield* decoder.end();
}

const u32 = (bytes: Buffer, offset: number, littleEndian: boolean): number =>
  littleEndian ? bytes.readUInt32LE(offset) : bytes.readUInt32BE(offset);

/** An option of text; the first one counts. Some writers end it with a zero. */
const textOf = (values: readonly Buffer[] | undefined): string =>
  values?.[0]?.toString('utf8').replace(/\0+$/, '') ?? '';

/** Reads the fields of a block one after the other. Each method throws {@link BadBlock} at the block's end. */
class Fields {
  private offset = 0;

  constructor(
    private readonly content: Buffer,
    private readonly littleEndian: boolean,
  ) {}

  u16(): number {
    const at = this.take(2);
    return this.littleEndian ? this.content.readUInt16LE(at) : this.content.readUInt16BE(at);
  }

  u32(): number {
    return u32(this.content, this.take(4), this.littleEndian);
  }

  i64(): number {
    const at = this.take(8);
    return Number(this.littleEndian ? this.content.readBigInt64LE(at) : this.content.readBigInt64BE(at));
  }

  /** Returns a copy of bytes, since a view of one packet would keep its whole chunk in memory. */
  bytes(length: number): Uint8Array {
    const at = this.take(padded(length));
    return Uint8Array.prototype.slice.call(this.content, at, at + length);
  }

  /** Returns the values of the options that make up the rest of the block, by their codes. */
  options(): ReadonlyMap<number, readonly Buffer[]> {
    const found = new Map<number, Buffer[]>();
    while (this.offset < this.content.length) {
      const [code, length] = [this.u16(), this.u16()];
      if (code === options.end) break;
      const at = this.take(padded(length));
      const value = this.content.subarray(at, at + length);
      const before = found.get(code);
      if (before) before.push(value);
      else found.set(code, [value]);
    }
    return found;
  }

  private take(length: number): number {
    const at = this.offset;
    if (this.content.length - at < length)
      throw new BadBlock('a block of the capture ends before what it says that it has');
    this.offset += length;
    return at;
  }
}
