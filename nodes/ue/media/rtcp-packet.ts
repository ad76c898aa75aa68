/** One end's report on a source that it receives (RFC 3550 6.4.1). */
export interface ReportBlock {
  /** SSRC of the source that is reported on. */
  readonly ssrc: number;
  /** Fraction of packets lost since the last report, in 256ths. */
  readonly fractionLost: number;
  /** Number of packets lost, signed with 24 bits, because duplicates count against losses. */
  readonly lost: number;
  /** Highest sequence number, extended by the number of cycles. */
  readonly highestSequence: number;
  /** Interarrival jitter in units of the RTP timestamp. */
  readonly jitter: number;
  /** The middle 32 bits of the NTP timestamp of the last sender report; 0 if there was none. */
  readonly lastReport: number;
  /** Time since that sender report, in 65536ths of a second. */
  readonly delay: number;
}

export interface SenderInfo {
  /** NTP timestamp of 64 bits: seconds since 1900 and fractions of 2^-32 s. */
  readonly ntp: bigint;
  readonly rtpTimestamp: number;
  readonly packets: number;
  readonly octets: number;
}

/**
 * A compound packet (RFC 3550 6.1): a sender's or a receiver's report, the CNAME, and
 * at the end of the session a BYE.
 */
export interface Report {
  readonly ssrc: number;
  readonly sender?: SenderInfo;
  readonly blocks: readonly ReportBlock[];
  readonly bye: boolean;
}

const senderReport = 200;
const receiverReport = 201;
const sourceDescription = 202;
const goodbye = 203;
const blockLength = 24;
const senderLength = 20;

export function writeReport({ ssrc, sender, blocks, bye }: Report, cname: string): Buffer {
  const parts = [word(ssrc)];
  if (sender !== undefined) {
    const info = Buffer.alloc(senderLength);
    info.writeBigUInt64BE(sender.ntp, 0);
    info.writeUInt32BE(sender.rtpTimestamp, 8);
    info.writeUInt32BE(sender.packets, 12);
    info.writeUInt32BE(sender.octets, 16);
    parts.push(info);
  }
  parts.push(...blocks.map(writeBlock));
  const report = part(sender === undefined ? receiverReport : senderReport, blocks.length, parts);
  const compound = [report, part(sourceDescription, 1, [word(ssrc), cnameItem(cname)])];
  if (bye) compound.push(part(goodbye, 1, [word(ssrc)]));
  return Buffer.concat(compound);
}

/** Reads a compound packet; undefined if it is none by the checks of RFC 3550 A.2. Other parts of it are skipped. */
export function readReport(packet: Buffer): Report | undefined {
  let report: Report | undefined;
  let bye = false;
  for (let rest = packet; rest.length > 0;) {
    if (rest.length < 4 || rest.readUInt8(0) >> 6 !== 2) return undefined;
    const count = rest.readUInt8(0) & 0x1f;
    const type = rest.readUInt8(1);
    const length = 4 * (rest.readUInt16BE(2) + 1);
    if (length > rest.length) return undefined;
    const body = rest.subarray(4, length);
    if (report === undefined) {
      report = readFirst(type, count, body);
      if (report === undefined) return undefined;
    }
    bye ||= type === goodbye;
    rest = rest.subarray(length);
  }
  return report && { ...report, bye };
}

function readFirst(type: number, count: number, body: Buffer): Report | undefined {
  if (type !== senderReport && type !== receiverReport) return undefined;
  const start = type === senderReport ? 4 + senderLength : 4;
  if (body.length < start + count * blockLength) return undefined;
  return {
    ssrc: body.readUInt32BE(0),
    sender:
      type === senderReport
        ? {
            ntp: body.readBigUInt64BE(4),
            rtpTimestamp: body.readUInt32BE(12),
            packets: body.readUInt32BE(16),
            octets: body.readUInt32BE(20),
          }
        : undefined,
    blocks: Array.from({ length: count }, (_, index) =>
      readBlock(body.subarray(start + index * blockLength)),
    ),
    bye: false,
  };
}

function writeBlock(block: ReportBlock): Buffer {
  const bytes = Buffer.alloc(blockLength);
  bytes.writeUInt32BE(block.ssrc, 0);
  bytes.writeUInt8(block.fractionLost, 4);
  bytes.writeIntBE(block.lost, 5, 3);
  bytes.writeUInt32BE(block.highestSequence, 8);
  bytes.writeUInt32BE(block.jitter, 12);
  bytes.writeUInt32BE(block.lastReport, 16);
  bytes.writeUInt32BE(block.delay, 20);
  return bytes;
}

function readBlock(bytes: Buffer): ReportBlock {
  return {
    ssrc: bytes.readUInt32BE(0),
    fractionLost: bytes.readUInt8(4),
    lost: bytes.readIntBE(5, 3),
    highestSequence: bytes.readUInt32BE(8),
    jitter: bytes.readUInt32BE(12),
    lastReport: bytes.readUInt32BE(16),
    delay: bytes.readUInt32BE(20),
  };
}

function part(type: number, count: number, body: readonly Buffer[]): Buffer {
  const content = Buffer.concat(body);
  const header = Buffer.alloc(4);
  header[0] = (2 << 6) | count;
  header[1] = type;
  header.writeUInt16BE(content.length / 4, 2);
  return Buffer.concat([header, content]);
}

/** Writes a CNAME item (RFC 3550 6.5.1). The chunk ends with at least one null byte, at a multiple of four bytes. */
function cnameItem(cname: string): Buffer {
  const text = Buffer.from(cname, 'utf8').subarray(0, 255);
  const item = Buffer.alloc(4 * Math.ceil((2 + text.length + 1) / 4));
  item[0] = 1;
  item[1] = text.length;
  text.copy(item, 2);
  return item;
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Converts milliseconds since 1970 to the 64 bits of an NTP timestamp (RFC 3550 4). */
export function ntpTime(ms: number): bigint {
  const secondsTo1970 = 2_208_988_800n;
  const seconds = Math.floor(ms / 1000);
  const fraction = Math.floor(((ms - 1000 * seconds) / 1000) * 2 ** 32);
  return ((BigInt(seconds) + secondsTo1970) << 32n) | BigInt(fraction);
}

/** Returns the middle 32 bits of an NTP timestamp, which count 65536ths of a second. */
export function middleOf(ntp: bigint): number {
  return Number((ntp >> 16n) & 0xffff_ffffn);
}
