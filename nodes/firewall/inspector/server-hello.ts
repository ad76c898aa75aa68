import { Unreadable } from './unreadable';

/** The choices of a ServerHello that shape the records after it. */
export interface Chosen {
  readonly suite: number;
  readonly compresses: boolean;
  /**
   * Says whether MACs are cut to 10 bytes (RFC 6066 section 7). It is not read, and
   * false, for a suite that encrypts.
   */
  readonly truncatesMac: boolean;
}

const serverHello = 2;
const truncatedHmac = 4;
const messageHeader = 4;
/** The length of version and random in a message. */
const beforeSessionId = 34;
/** A longer ServerHello is not read. */
const longest = 2 ** 14;

/**
 * Waits for the ServerHello (RFC 5246 section 7.4.1.3, RFC 8446 section 4.1.3) in the handshake messages of a
 * server, which may be cut into records, and records into segments, anywhere.
 */
export class ServerHelloReader {
  private message = Buffer.alloc(0);
  /** Bytes of another message that are still to come. */
  private skip = 0;

  /** @param encrypts says whether a suite encrypts; the rest of such a ServerHello is not read */
  constructor(private readonly encrypts: (suite: number) => boolean) {}

  /**
   * @returns the choices of the ServerHello, once it is there
   * @throws Unreadable if it is longer than is sensible, or if its lengths contradict each other
   */
  push(bytes: Buffer): Chosen | undefined {
    while (bytes.length > 0) {
      const skipped = Math.min(this.skip, bytes.length);
      this.skip -= skipped;
      bytes = bytes.subarray(skipped);
      this.message = Buffer.concat([this.message, bytes]);
      if (this.message.length < messageHeader) return undefined;
      const length = messageHeader + this.message.readUIntBE(1, 3);
      if (this.message[0] === serverHello) return this.decide(length);
      bytes = this.message.subarray(length);
      this.skip = Math.max(0, length - this.message.length);
      this.message = Buffer.alloc(0);
    }
    return undefined;
  }

  private decide(length: number): Chosen | undefined {
    if (length > longest) throw new Unreadable('a ServerHello of that length is not read');
    const hello = this.message.subarray(messageHeader, length);
    if (hello.length <= beforeSessionId) return undefined;
    const at = beforeSessionId + 1 + hello[beforeSessionId]!;
    if (at + 3 > length - messageHeader) throw new Unreadable('a ServerHello that ends before its suite');
    if (hello.length < at + 3) return undefined;
    const suite = hello.readUInt16BE(at);
    const compresses = hello[at + 2] !== 0;
    if (this.encrypts(suite)) return { suite, compresses, truncatesMac: false };
    if (hello.length < length - messageHeader) return undefined;
    return { suite, compresses, truncatesMac: extensions(hello.subarray(at + 3)).includes(truncatedHmac) };
  }
}

/** Returns the types of a ServerHello's extensions. @param bytes the list with its length, or no bytes */
function extensions(bytes: Buffer): number[] {
  const types: number[] = [];
  for (let at = 2; at + 4 <= bytes.length; at += 4 + bytes.readUInt16BE(at + 2))
    types.push(bytes.readUInt16BE(at));
  return types;
}
