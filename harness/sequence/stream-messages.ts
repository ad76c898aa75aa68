import { readConnects, type Span } from '../evidence/http-connect';
import type { TcpConnection, TcpStream } from '../evidence/tcp-streams';
import { decryptTls, type ReadRecord } from '../evidence/tls-decryption';
import type { TlsKeyLog } from '../evidence/tls-key-log';
import { contentTypes, locator, recordHeader } from '../evidence/tls-record';
import { alertName, HandshakeNames } from './handshake-names';
import type { Message } from './message';
import { StreamContent, type PlacedMessage } from './stream-content';
import type { StunNames } from './stun-message';
import { visibleText, visibleWords } from './visible-text';

/** A message of a TCP connection. */
export interface StreamMessage extends PlacedMessage {
  readonly from: 'client' | 'server';
  /** What carried the bytes, from the outside in, without what the message itself says of it. */
  readonly carriers: readonly string[];
  /** True if it went through the tunnel that the connection's CONNECT has opened. */
  readonly isTunnelled: boolean;
}

/** Bytes by which a message is recognised in another packet. */
const wireLength = 64;

/**
 * Reads the messages of a connection: the CONNECTs, the TLS behind them, and what is in it as far as there are keys.
 * The packets of the connection must have been added with their frame numbers.
 */
export function streamMessages(connection: TcpConnection, keys: TlsKeyLog, stun: StunNames): StreamMessage[] {
  const { fromClient, fromServer } = connection;
  const { exchanges, heads, clientOffset, serverOffset } = readConnects(fromClient.bytes, fromServer.bytes);
  const streams = { client: new Placed(fromClient), server: new Placed(fromServer) };
  const messages: StreamMessage[] = heads.flatMap(({ request, answer }, index) => {
    const label = `CONNECT ${exchanges[index]!.target}`;
    const head = (from: 'client' | 'server', span: Span, words?: string): StreamMessage => {
      const text = visibleText(streams[from].bytes.subarray(span.begin, span.end));
      const [line = ''] = text.split('\n');
      const message = {
        protocol: 'connect',
        label: visibleWords(words ?? line.replace(/^HTTP\S+ /, '')),
        text,
      } as const;
      return {
        from,
        message,
        ...streams[from].at(span.begin, span.end),
        carriers: ['tcp'],
        isTunnelled: false,
      };
    };
    return [head('client', request, label), ...(answer ? [head('server', answer)] : [])];
  });
  const isTunnelled = heads.length > 0;
  const outer = isTunnelled ? ['tcp', 'connect'] : ['tcp'];
  const { records } = decryptTls(connection, keys);
  const contents = { client: new StreamContent(stun), server: new StreamContent(stun) };
  if (records.length > 0) {
    const tls = new TlsMessages(streams, contents);
    for (const record of records) tls.add(record);
    return [
      ...messages,
      ...tls.all.map((one) => ({ ...one, carriers: [...outer, ...one.carriers], isTunnelled })),
    ];
  }
  const pieces = [
    ...streams.client.pieces(clientOffset).map((piece) => ({ from: 'client' as const, piece })),
    ...streams.server.pieces(serverOffset).map((piece) => ({ from: 'server' as const, piece })),
  ].sort((a, b) => a.piece.frame - b.piece.frame);
  for (const { from, piece } of pieces)
    for (const message of contents[from].read(piece))
      messages.push({ ...message, from, carriers: outer, isTunnelled });
  return messages;
}

type Place = Omit<PlacedMessage, 'message'>;

/** A stream in which bytes can be located; calls must have rising places. */
class Placed {
  readonly bytes: Buffer;
  private readonly locate: ReturnType<typeof locator>;

  constructor(private readonly stream: TcpStream) {
    const { bytes } = stream;
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.locate = locator(stream.pieces);
  }

  /** Says which packets brought the bytes from one offset to the one before another. */
  at(begin: number, end: number): Place {
    const pieces = this.locate(begin, end);
    const [first] = pieces;
    return {
      at: first?.at ?? 0,
      frame: first?.order ?? 0,
      lastFrame: pieces.at(-1)?.order ?? 0,
      wire: this.bytes.subarray(begin, Math.min(end, begin + wireLength)),
    };
  }

  /** Returns what each packet brought, from an offset on. */
  pieces(begin: number): (Place & { readonly bytes: Buffer })[] {
    return this.stream.pieces.flatMap(({ offset, bytes, at, order }) => {
      const skip = Math.max(0, begin - offset);
      if (skip >= bytes.length) return [];
      const rest = Buffer.from(bytes.buffer, bytes.byteOffset + skip, bytes.length - skip);
      return [{ bytes: rest, at, frame: order, lastFrame: order, wire: rest.subarray(0, wireLength) }];
    });
  }
}

type TlsMessage = Omit<StreamMessage, 'isTunnelled'>;
type Streams = Readonly<Record<'client' | 'server', Placed>>;
type Contents = Readonly<Record<'client' | 'server', StreamContent>>;

/** Makes messages of the records of a connection. Those of one side's handshake that follow each other are one. */
class TlsMessages {
  readonly all: TlsMessage[] = [];
  private readonly names = { client: new HandshakeNames(), server: new HandshakeNames() };
  /** Says whether the last message is one of the handshake, to which the next record may add. */
  private isOpen = false;

  constructor(
    private readonly streams: Streams,
    private readonly contents: Contents,
  ) {}

  add(record: ReadRecord): void {
    const { from, at, first, last, offset, length, contentType, content } = record;
    const wire = this.streams[from].bytes.subarray(
      offset,
      Math.min(offset + recordHeader + length, offset + wireLength),
    );
    const place = { at, frame: first, lastFrame: last ?? first, wire };
    if (contentType === contentTypes.applicationData) {
      const read = content
        ? this.contents[from].read({ ...place, bytes: content })
        : [{ ...place, message: sealedData }];
      if (read.length === 0) return;
      this.isOpen = false;
      for (const one of read)
        this.all.push({ ...one, from, carriers: one.message.protocol === 'tls' ? [] : ['tls'] });
      return;
    }
    const names = this.namesOf(record);
    if (names.length === 0) return;
    const open = this.isOpen ? this.all.at(-1) : undefined;
    if (open?.from === from) {
      this.all[this.all.length - 1] = {
        ...open,
        lastFrame: place.lastFrame,
        message: tlsMessage([open.message.label, ...names]),
      };
      return;
    }
    this.all.push({ ...place, from, carriers: [], message: tlsMessage(names) });
    this.isOpen = true;
  }

  private namesOf({ from, contentType, content }: ReadRecord): string[] {
    switch (contentType) {
      case contentTypes.changeCipherSpec:
        return ['ChangeCipherSpec'];
      case contentTypes.alert:
        return [content ? alertName(content) : 'encrypted alert'];
      case contentTypes.handshake:
        return content ? this.names[from].read(content) : ['encrypted handshake message'];
      default:
        return [`record of type ${contentType}`];
    }
  }
}

const sealedData: Message = { protocol: 'tls', label: 'encrypted data', isBulk: true };

const tlsMessage = (names: readonly string[]): Message => ({
  protocol: 'tls',
  label: names.join(', ').slice(0, longestLabel),
});

/** Longest label of a handshake, in characters. */
const longestLabel = 300;
