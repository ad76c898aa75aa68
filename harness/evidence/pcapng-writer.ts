import { blockTypes, byteOrderMagic, frameLength, options, padded, tlsKeyLog } from './pcapng-format';

/** An interface of a capture, as a reader of it shall see it. */
export interface InterfaceWords {
  /** A short name, such as `ue`. */
  readonly name: string;
  /** What was captured there, a sentence. */
  readonly description: string;
  /** See `linkTypes`. */
  readonly linkType: number;
}

/** A packet to be written. */
export interface PacketWords {
  /** Number of its interface, from 0 in the order in which the interfaces were described. */
  readonly interface: number;
  /** Milliseconds since the Unix epoch; written to the microsecond, which is what tcpdump tells. */
  readonly at: number;
  readonly bytes: Uint8Array;
  /** Its length on the wire, in bytes. */
  readonly originalLength: number;
  readonly comment?: string;
}

/** Longest packet that is written, in bytes: that of tcpdump. */
const snapLength = 262_144;
/** `if_tsresol`: the decimal places of a second. */
const microseconds = 6;

/**
 * Writes the blocks of a pcapng file (draft-ietf-opsawg-pcapng) of one section. The caller puts them one after the other:
 * a section header, the interfaces, the secrets, and the packets.
 */
export class PcapngWriter {
  /** @param littleEndian byte order of the section. That of NFLOG packets in it has to be the same. */
  constructor(private readonly littleEndian = true) {}

  /** Begins the file. @param application the program that writes it */
  sectionHeader(application: string): Buffer {
    const version = [this.u16(1), this.u16(0)];
    // The length of the section is not told: it goes on to the end of the file.
    const length = Buffer.alloc(8, 0xff);
    return this.block(
      blockTypes.sectionHeader,
      this.u32(byteOrderMagic),
      ...version,
      length,
      ...this.options([options.section.application, Buffer.from(application)]),
    );
  }

  interfaceDescription({ name, description, linkType }: InterfaceWords): Buffer {
    const { name: named, description: described, resolution } = options.interface;
    return this.block(
      blockTypes.interfaceDescription,
      ...[this.u16(linkType), this.u16(0), this.u32(snapLength)],
      ...this.options(
        [named, Buffer.from(name)],
        [described, Buffer.from(description)],
        [resolution, Buffer.from([microseconds])],
      ),
    );
  }

  /** Writes TLS keys in NSS's key log format. They have to come before the packets that they decrypt. */
  tlsSecrets(keyLog: string): Buffer {
    const bytes = Buffer.from(keyLog);
    return this.block(
      blockTypes.decryptionSecrets,
      ...[this.u32(tlsKeyLog), this.u32(bytes.length)],
      ...filled(bytes),
    );
  }

  enhancedPacket({ interface: number, at, bytes, originalLength, comment }: PacketWords): Buffer {
    const ticks = Math.round(at * 1000);
    const told = comment === undefined ? [] : this.options([options.comment, Buffer.from(comment)]);
    const room = padded(bytes.length) + told.reduce((sum, part) => sum + part.length, 0);
    const head = [number, Math.floor(ticks / 2 ** 32), ticks % 2 ** 32, bytes.length, originalLength];
    // A capture has some 10,000 packets a megabyte, so each is written to one piece of memory.
    const length = frameLength + 4 * head.length + room;
    const block = Buffer.allocUnsafe(length);
    let end = 0;
    const put = (value: number): number => (end = this.put(block, value, end));
    [blockTypes.enhancedPacket, length, ...head].forEach(put);
    for (const part of [...filled(bytes), ...told]) {
      block.set(part, end);
      end += part.length;
    }
    put(length);
    return block;
  }

  private block(type: number, ...content: readonly Uint8Array[]): Buffer {
    const length = content.reduce((sum, part) => sum + part.length, frameLength);
    return Buffer.concat([this.u32(type, length), ...content, this.u32(length)], length);
  }

  private options(...values: readonly (readonly [code: number, value: Buffer])[]): Uint8Array[] {
    const written = values.flatMap(([code, value]) => {
      const bytes = shortened(value);
      return [this.u16(code), this.u16(bytes.length), ...filled(bytes)];
    });
    return [...written, this.u32(options.end)];
  }

  private u16(value: number): Buffer {
    const bytes = Buffer.allocUnsafe(2);
    if (this.littleEndian) bytes.writeUInt16LE(value);
    else bytes.writeUInt16BE(value);
    return bytes;
  }

  private u32(...values: readonly number[]): Buffer {
    const bytes = Buffer.allocUnsafe(4 * values.length);
    values.forEach((value, index) => this.put(bytes, value, 4 * index));
    return bytes;
  }

  /** Writes 32 bits and returns where they end. */
  private put(bytes: Buffer, value: number, offset: number): number {
    return this.littleEndian ? bytes.writeUInt32LE(value, offset) : bytes.writeUInt32BE(value, offset);
  }
}

/** Returns the bytes with what fills them to a multiple of four. */
const filled = (bytes: Uint8Array): Uint8Array[] => {
  const missing = padded(bytes.length) - bytes.length;
  return missing === 0 ? [bytes] : [bytes, Buffer.alloc(missing)];
};

/** An option's length has 16 bits; a longer text is cut off, between two characters. */
function shortened(value: Buffer): Buffer {
  const longest = 0xffff;
  if (value.length <= longest) return value;
  let end = longest;
  while ((value[end]! & 0xc0) === 0x80) end--;
  return value.subarray(0, end);
}
