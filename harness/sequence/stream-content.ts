import { MsrpFramer, type MsrpFrame } from '../../nodes/ue/msrp/msrp-framer';
import { SipFramer } from '../../nodes/ue/sip/stream-framer';
import { TurnFramer } from '../../nodes/ue/turn/stream-framer';
import { relayed } from './datagram-message';
import { unknownData, type Message } from './message';
import { crlf, sipMessage } from './sip-message';
import type { StunNames } from './stun-message';
import { visibleText, visibleWords } from './visible-text';
import { WebSocketFramer } from './web-socket';

/** Some bytes of one direction, with the packets that brought them. */
export interface StreamBytes {
  readonly bytes: Buffer;
  /** When the first of them was captured, ms since the epoch. */
  readonly at: number;
  /** The packets with the first and with the last of them. */
  readonly frame: number;
  readonly lastFrame: number;
  /** The first of them as they stood in their packet, in which they may be encrypted. */
  readonly wire: Buffer;
}

/** A message with the bytes that it begins with. */
export interface PlacedMessage extends Omit<StreamBytes, 'bytes'> {
  readonly message: Message;
}

/** Cuts bytes into messages. `rest` are bytes after the last one that another protocol has to read. */
interface Reader {
  push(bytes: Buffer): { readonly messages: readonly Message[]; readonly rest?: Buffer };
  /** Number of bytes of a message that is not whole. */
  readonly pending: number;
}

/** Reads what one direction of a connection says: SIP, also in a WebSocket, TURN, MSRP, or something unknown. */
export class StreamContent {
  private reader: Reader | undefined;
  /** What is there of a protocol that its first bytes do not tell yet. */
  private undecided: Buffer = Buffer.alloc(0);
  /** Where the message begins whose end has not come. */
  private begin: StreamBytes | undefined;
  /** What carries the messages on top of the connection. */
  private within: readonly string[] = [];

  constructor(private readonly stun: StunNames) {}

  read(piece: StreamBytes): PlacedMessage[] {
    const { begin = piece } = this;
    let bytes = piece.bytes;
    const read: Message[] = [];
    for (let next: Buffer | undefined = bytes; next !== undefined && next.length > 0;) {
      bytes = next;
      this.reader ??= this.decide(bytes);
      if (!this.reader) break;
      const { messages, rest } = this.reader.push(bytes);
      read.push(...messages.map((message) => this.carried(message)));
      if (rest !== undefined) {
        this.reader = undefined;
        this.within = [...this.within, 'turn'];
      }
      next = rest;
    }
    const isPending = (this.reader?.pending ?? this.undecided.length) > 0;
    this.begin = !isPending ? undefined : read.length > 0 ? piece : begin;
    return read.map((message, index) => {
      const { at, frame, wire } = index === 0 ? begin : piece;
      return { message, at, frame, wire, lastFrame: piece.lastFrame };
    });
  }

  private carried(message: Message): Message {
    const within = [...this.within, ...(message.within ?? [])];
    return within.length > 0 ? { ...message, within } : message;
  }

  /** Tells the protocol by the first bytes of the direction; undefined while they do not tell. */
  private decide(bytes: Buffer): Reader | undefined {
    const known = Buffer.concat([this.undecided, bytes]);
    const text = known.toString('latin1', 0, 5);
    const may = (beginning: string): boolean => beginning.startsWith(text.slice(0, beginning.length));
    if (known.length < 5 && ['MSRP ', 'GET ', 'HTTP/'].some(may)) {
      this.undecided = known;
      return undefined;
    }
    const before = this.undecided;
    this.undecided = Buffer.alloc(0);
    const reader = this.readerFor(known[0]!, text);
    return before.length === 0 ? reader : withFirst(before, reader);
  }

  private readerFor(first: number, text: string): Reader {
    if (first < 4) return new TurnReader(this.stun);
    if (text === 'MSRP ') return new MsrpReader();
    if (text.startsWith('GET ') || text === 'HTTP/') return new WebSocketReader();
    return new SipReader();
  }
}

/** Has a reader take the bytes first by which it was chosen. */
function withFirst(first: Buffer, reader: Reader): Reader {
  let before: Buffer | undefined = first;
  return {
    get pending() {
      return reader.pending;
    },
    push: (bytes) => {
      const all: Buffer = before ? Buffer.concat([before, bytes]) : bytes;
      before = undefined;
      return reader.push(all);
    },
  };
}

class SipReader implements Reader {
  private readonly framer = new SipFramer();
  private isLost = false;

  get pending(): number {
    return this.framer.pending;
  }

  push(bytes: Buffer): { messages: Message[] } {
    if (this.isLost) return { messages: [unknownData] };
    const messages = this.framer.push(bytes).map((frame): Message => {
      if (frame.kind === 'crlf') return crlf;
      if (frame.kind === 'message') return sipMessage(Buffer.from(frame.text)) ?? unknownData;
      this.isLost = true;
      return unknownData;
    });
    return { messages };
  }
}

class MsrpReader implements Reader {
  private readonly framer = new MsrpFramer();
  private isLost = false;

  get pending(): number {
    return this.framer.pending;
  }

  push(bytes: Buffer): { messages: Message[] } {
    if (this.isLost) return { messages: [unknownData] };
    const messages = this.framer.push(bytes).map((frame) => {
      if (frame.kind !== 'broken') return msrpMessage(frame);
      this.isLost = true;
      return unknownData;
    });
    return { messages };
  }
}

function msrpMessage(frame: Exclude<MsrpFrame, { kind: 'broken' }>): Message {
  const { transaction, headers } = frame;
  const what = frame.kind === 'request' ? frame.method : `${frame.status} ${frame.reason}`.trim();
  const fields = [...headers].map(([name, value]) => `${name}: ${value}`);
  const content = frame.kind === 'request' && frame.body ? [`[${frame.body.length} bytes of content]`] : [];
  return {
    protocol: 'msrp',
    label: visibleWords(what),
    text: visibleText(Buffer.from([`MSRP ${transaction} ${what}`, ...fields, ...content].join('\n'))),
    isBulk: true,
  };
}

/** TURN over a stream, until the connection is bound to one of a peer (RFC 6062 4.3): then it carries the peer's bytes. */
class TurnReader implements Reader {
  private readonly framer = new TurnFramer(() => true);

  constructor(private readonly stun: StunNames) {}

  get pending(): number {
    return this.framer.pending;
  }

  push(bytes: Buffer): { messages: Message[]; rest?: Buffer } {
    const messages: Message[] = [];
    this.framer.add(bytes);
    for (let frame = this.framer.next(); frame !== undefined; frame = this.framer.next()) {
      if (frame.kind === 'channel') messages.push(relayed(frame.data, this.stun));
      if (frame.kind === 'broken') messages.push(unknownData);
      if (frame.kind !== 'stun') continue;
      const message = this.stun.read(frame.data) ?? unknownData;
      messages.push(message);
      // What the UE sends behind its request comes when the answer is there, but is behind it in any case.
      if (/^ConnectionBind (?:request|success)/.test(message.label))
        return { messages, rest: this.framer.takeRest() };
    }
    return { messages };
  }
}

/** SIP in a WebSocket (RFC 7118), behind the request or the answer of HTTP that opens it. */
class WebSocketReader implements Reader {
  private head: Buffer | undefined = Buffer.alloc(0);
  private readonly framer = new WebSocketFramer();

  get pending(): number {
    return this.head?.length ?? this.framer.pending;
  }

  push(bytes: Buffer): { messages: Message[] } {
    if (this.framer.isLost) return { messages: [unknownData] };
    if (this.head === undefined) return { messages: this.frames(bytes) };
    this.head = Buffer.concat([this.head, bytes]);
    const end = this.head.indexOf('\r\n\r\n');
    if (end < 0 && this.head.length <= longestHead) return { messages: [] };
    const head = this.head.subarray(0, end < 0 ? longestHead : end);
    const rest = this.head.subarray(end < 0 ? longestHead : end + 4);
    this.head = undefined;
    const [line = ''] = head.toString('latin1').split('\r\n');
    const label = visibleWords(line.replace(/^HTTP\/1\.\d /, '').replace(/ HTTP\/1\.\d$/, ''));
    return {
      messages: [{ protocol: 'websocket', label, text: visibleText(head) }, ...this.frames(rest)],
    };
  }

  private frames(bytes: Buffer): Message[] {
    return this.framer.push(bytes).map(({ opcode, payload }): Message => {
      const inner = opcode <= 2 ? sipMessage(payload) : undefined;
      if (inner) return { ...inner, within: ['websocket'] };
      const label = { 8: 'close', 9: 'ping', 10: 'pong' }[opcode] ?? 'data';
      return { protocol: 'websocket', label, isBulk: true };
    });
  }
}

/** Longest head of HTTP that is waited for, in bytes. */
const longestHead = 16 * 1024;
