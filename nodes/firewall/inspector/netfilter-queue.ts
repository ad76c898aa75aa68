import { netlinkAttribute } from '../../netlink-attribute';

/**
 * The messages of linux/netfilter/nfnetlink_queue.h. Some of their fields are in the host's byte order. This file
 * takes it to be little-endian, as it is on every machine that Debian's Node runs on except s390x.
 */
const subsystem = 3;
const kinds = { packet: 0, verdict: 1, configure: 2 } as const;
const typeOf = (kind: number): number => (subsystem << 8) | kind;
/** A netlink message: struct nlmsghdr and struct nfgenmsg. */
const headerLength = 20;
const flags = { request: 1, acknowledge: 4 } as const;
/** NLMSG_ERROR */
const errorType = 2;
const accept = 1;
const attributes = { packetHeader: 1, verdictHeader: 2, mark: 3, payload: 10 } as const;
const configuration = { command: 1, copy: 2, length: 3, flagsMask: 4, flags: 5 } as const;

/** A packet that waits for a verdict. */
export interface QueuedPacket {
  readonly kind: 'packet';
  readonly id: number;
  /** The packet from its IP header on. It shares the memory of the buffer that was read. */
  readonly bytes: Buffer;
}

/** The kernel's answer to a request. The errno is 0 if the request was granted. */
export interface Answer {
  readonly kind: 'answer';
  readonly errno: number;
}

const big32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

function message(kind: number, queue: number, flag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const header = Buffer.alloc(headerLength);
  header.writeUInt32LE(headerLength + body.length, 0);
  header.writeUInt16LE(typeOf(kind), 4);
  header.writeUInt16LE(flag, 6);
  header.writeUInt16BE(queue, 18);
  return Buffer.concat([header, body]);
}

/**
 * Returns the requests that set up a queue. They are sent one after the other, and the kernel answers each. They
 * bind the queue, ask for whole packets (NFQNL_COPY_PACKET), set how many may wait, and let the kernel hand over
 * several segments as one packet, as it forwards them (NFQA_CFG_F_GSO).
 */
export function requests(queue: number, { mostWaiting }: { readonly mostWaiting: number }): Buffer[] {
  const ask = (...content: readonly Buffer[]): Buffer =>
    message(kinds.configure, queue, flags.request | flags.acknowledge, ...content);
  const bind = 1;
  const whole = [0, 0, 0xff, 0xff, 2];
  const severalAtOnce = big32(4);
  return [
    ask(netlinkAttribute(configuration.command, Buffer.from([bind, 0, 0, 0]))),
    ask(netlinkAttribute(configuration.copy, Buffer.from(whole))),
    ask(netlinkAttribute(configuration.length, big32(mostWaiting))),
    ask(
      netlinkAttribute(configuration.flagsMask, severalAtOnce),
      netlinkAttribute(configuration.flags, severalAtOnce),
    ),
  ];
}

/** Writes the verdict that lets a packet go on, with a mark if there is a finding about it. */
export function verdict(queue: number, id: number, mark: number | undefined): Buffer {
  return message(
    kinds.verdict,
    queue,
    flags.request,
    netlinkAttribute(attributes.verdictHeader, Buffer.concat([big32(accept), big32(id)])),
    ...(mark === undefined ? [] : [netlinkAttribute(attributes.mark, big32(mark))]),
  );
}

/** Reads the messages in bytes that the kernel has sent. */
export function* read(bytes: Buffer): Generator<QueuedPacket | Answer> {
  for (let at = 0; at + 16 <= bytes.length;) {
    const length = bytes.readUInt32LE(at);
    if (length < 16 || at + length > bytes.length) return;
    const one = bytes.subarray(at, at + length);
    const type = one.readUInt16LE(4);
    if (type === errorType && length >= headerLength)
      yield { kind: 'answer', errno: Math.abs(one.readInt32LE(16)) };
    if (type === typeOf(kinds.packet)) yield packetIn(one);
    at += (length + 3) & ~3;
  }
}

function packetIn(one: Buffer): QueuedPacket {
  let id = 0;
  let bytes: Buffer = Buffer.alloc(0);
  for (let at = headerLength; at + 4 <= one.length;) {
    const length = one.readUInt16LE(at);
    const type = one.readUInt16LE(at + 2) & 0x3fff;
    if (length < 4) break;
    const value = one.subarray(at + 4, at + length);
    if (type === attributes.packetHeader && value.length >= 4) id = value.readUInt32BE(0);
    if (type === attributes.payload) bytes = value;
    at += (length + 3) & ~3;
  }
  return { kind: 'packet', id, bytes };
}
