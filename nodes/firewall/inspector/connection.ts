import type { Finding } from '../../../firewalls/inspection';
import { nullSuites } from '../../../firewalls/null-suites';
import { ReadableText } from './readable';
import { Reassembly, type Room } from './reassembly';
import { ServerHelloReader } from './server-hello';
import { Unreadable } from './unreadable';
import { contentTypes, TlsRecordReader, type Fragment } from './tls-records';

/** Bytes of each direction that may wait for an acknowledgement or for a gap to close. */
export const heldBytes = 2 ** 18;

/** Bytes of a truncated MAC (RFC 6066 section 7). */
const truncatedMac = 10;
/** Bytes of the content type that ends the content of each record of TLS 1.3 (RFC 8446 section 5.2). */
const innerType = 1;

/** A TCP segment. */
export interface Segment {
  readonly fromServer: boolean;
  /** The sequence number of the first byte of data. */
  readonly sequence: number;
  /** Acknowledgement number; undefined if the segment acknowledges nothing. */
  readonly acknowledges: number | undefined;
  readonly data: Buffer;
}

/** A refused direction stays refused: bytes that have passed before may be repeated, and no further ones pass. */
interface Refusal {
  readonly finding: Finding;
  /** Offset in the stream of the first byte that has not passed. */
  readonly from: number;
}

/**
 * One TCP connection to port 443, followed from its beginning. It is pure: it has no clock, no input and no output.
 *
 * Its text is read until a ServerHello chooses a suite that encrypts. In TLS the text is the application data of
 * the records without their MACs, as one stream; in a connection without TLS it is the bytes themselves.
 */
export class Connection {
  private suite: 'unknown' | 'null' | 'encrypts' = 'unknown';
  /** Number of bytes at the end of each record's content that are not the application's. */
  private trailer = 0;
  private readonly hello = new ServerHelloReader((suite) => !nullSuites.has(suite));
  private readonly client: Direction;
  private readonly server: Direction;

  /** @param first sequence numbers of the first byte of each direction */
  constructor(first: { readonly client: number; readonly server: number }, room: Room) {
    this.client = new Direction(first.client, room, (fragment, text) => this.read(fragment, text));
    this.server = new Direction(first.server, room, (fragment, text) => {
      if (fragment.type === contentTypes.handshake && this.suite === 'unknown') this.choose(fragment.bytes);
      return this.read(fragment, text);
    });
  }

  /** Says whether these are the first sequence numbers of this connection. */
  startsWith(first: { readonly client: number; readonly server: number }): boolean {
    return this.client.first === first.client && this.server.first === first.server;
  }

  /** @returns the finding about the packet; undefined if it may simply pass */
  segment({ fromServer, sequence, acknowledges, data }: Segment): Finding | undefined {
    if (this.suite === 'encrypts') return 'encrypts';
    const [mine, other] = fromServer ? [this.server, this.client] : [this.client, this.server];
    if (acknowledges !== undefined) other.acknowledge(acknowledges);
    const finding = data.length > 0 ? mine.take(sequence, data) : undefined;
    if (!this.hasEncryption()) return finding;
    this.forget();
    return 'encrypts';
  }

  /** Frees the bytes that it holds. */
  forget(): void {
    this.client.drop();
    this.server.drop();
  }

  private hasEncryption(): boolean {
    return this.suite === 'encrypts';
  }

  private choose(bytes: Buffer): void {
    const chosen = this.hello.push(bytes);
    if (!chosen) return;
    const suite = nullSuites.get(chosen.suite);
    this.suite = suite ? 'null' : 'encrypts';
    if (!suite) return;
    this.trailer = (chosen.truncatesMac ? truncatedMac : suite.mac) + (suite.tls13 ? innerType : 0);
    if (chosen.compresses) throw new Unreadable('compressed text');
    if (!this.client.isTls) throw new Unreadable('the client did not ask for this hello');
  }

  private read({ type, bytes, offset, length }: Fragment, text: ReadableText): Finding | undefined {
    if (this.suite === 'encrypts') return undefined;
    if (type === undefined && this.suite === 'null')
      throw new Unreadable('no record, where records were agreed on');
    if (type !== undefined && type !== contentTypes.applicationData) return undefined;
    if (type !== undefined && offset === 0) text.begin();
    const end = type === undefined ? length : length - this.trailer;
    const what = text.push(bytes.subarray(0, Math.max(0, end - offset)));
    return what && `readable-${what}`;
  }
}

/** One direction of a connection. */
class Direction {
  private readonly stream: Reassembly;
  private readonly records = new TlsRecordReader();
  private readonly text = new ReadableText();
  private refusal: Refusal | undefined;

  constructor(
    readonly first: number,
    room: Room,
    private readonly read: (fragment: Fragment, text: ReadableText) => Finding | undefined,
  ) {
    this.stream = new Reassembly(first, heldBytes, room);
  }

  get isTls(): boolean {
    return this.records.isTls;
  }

  acknowledge(sequence: number): void {
    this.stream.acknowledge(sequence);
  }

  take(sequence: number, data: Buffer): Finding | undefined {
    if (this.refusal) {
      const end = this.stream.offsetOf(sequence) + data.length;
      return end > this.refusal.from ? this.refusal.finding : undefined;
    }
    const from = this.stream.length;
    const bytes = this.stream.take(sequence, data);
    if (!bytes) return 'not-followed';
    const finding = this.find(bytes);
    if (finding) {
      this.refusal = { finding, from };
      this.stream.drop();
    }
    return finding;
  }

  drop(): void {
    this.stream.drop();
  }

  private find(bytes: Buffer): Finding | undefined {
    try {
      for (const fragment of this.records.read(bytes)) {
        const finding = this.read(fragment, this.text);
        if (finding) return finding;
      }
      return undefined;
    } catch (error) {
      if (error instanceof Unreadable) return 'not-followed';
      throw error;
    }
  }
}
