import type { EspKeys } from '../../nodes/ipsec/esp-sa';
import { MsrpFramer } from '../../nodes/ue/msrp/msrp-framer';
import { SipFramer } from '../../nodes/ue/sip/stream-framer';
import { TurnFramer } from '../../nodes/ue/turn/stream-framer';
import type { Pdu } from './exported-pdu';
import { espContentOf } from './esp-content';
import { IpFragments } from './ip-fragments';
import { packetOf, type Ipv4Packet } from './packet';
import { pcapItems } from './pcap';
import { readSipHead } from './sip-head';
import { TcpReassembler, type TcpConnection } from './tcp-streams';
import { decryptTls } from './tls-decryption';
import type { TlsKeyLog } from './tls-key-log';
import { contentTypes } from './tls-record';

/**
 * Returns what the TLS and the ESP of a capture carried, in the clear: SIP, STUN and TURN, and MSRP, by the number of the
 * frame that brought the end of it. Media, keep-alives and what is none of these is left out, and so is what a record that
 * cannot be opened is a part of.
 * @param chunks the capture's bytes
 */
export async function decryptedPdus(
  chunks: AsyncIterable<Uint8Array>,
  keys: TlsKeyLog,
  esp: EspKeys,
): Promise<ReadonlyMap<number, readonly Pdu[]>> {
  const reassembler = new TcpReassembler();
  const fragments = new IpFragments();
  const found = new Map<number, Pdu[]>();
  for await (const item of pcapItems(chunks)) {
    if (item.kind !== 'packet') continue;
    const whole = fragments.take(item);
    const packet = whole && packetOf(whole);
    if (packet?.protocol === 'tcp') reassembler.add(packet, item.at, item.frame);
    const pdu = packet && sipInEsp(packet, esp);
    if (pdu) found.set(item.frame, [pdu]);
  }
  for (const connection of reassembler.all())
    for (const { frame, pdu } of pdusOf(connection, keys))
      found.set(frame, [...(found.get(frame) ?? []), pdu]);
  return found;
}

/** Returns the SIP message that a packet carried in ESP; undefined if it carried none. */
function sipInEsp(packet: Ipv4Packet, esp: EspKeys): Pdu | undefined {
  const content = espContentOf(packet, esp);
  if (content?.protocol !== 'udp' || !readSipHead(content.payload)) return undefined;
  const { src, sport, dst, dport, payload } = content;
  return {
    ...{ dissector: 'sip', transport: 'udp', bytes: Buffer.from(payload), length: payload.length },
    source: { ip: src, port: sport },
    destination: { ip: dst, port: dport },
  };
}

function* pdusOf(
  connection: TcpConnection,
  keys: TlsKeyLog,
): Generator<{ readonly frame: number; readonly pdu: Pdu }> {
  const { client, server } = connection;
  const cutters = { client: new Cutter(), server: new Cutter() };
  for (const { from, contentType, content, last } of decryptTls(connection, keys).records) {
    if (contentType !== contentTypes.applicationData || content === undefined || last === undefined) continue;
    const [source, destination] = from === 'client' ? [client, server] : [server, client];
    for (const message of cutters[from].push(content))
      yield { frame: last, pdu: { ...message, transport: 'tcp', source, destination } };
  }
}

/** What reads the beginning of a direction, and what Wireshark calls it. */
interface Reader {
  readonly dissector: string;
  /** Takes bytes. */
  push(bytes: Buffer): Cut;
}

interface Cut {
  /** True if there is something in the whole messages that a reader wants to see. */
  readonly isWorth: boolean;
  /** Bytes at the end of what was taken that belong to a message which is not whole. */
  readonly pending: number;
  /** True if no more can be read. */
  readonly isLost?: boolean;
  /** Bytes at the end of what was taken that are of another protocol. */
  readonly rest?: Buffer;
}

type CutMessage = Pick<Pdu, 'dissector' | 'bytes' | 'length'>;

/**
 * Bytes of a message that are kept: every message of SIP that the lab has seen, and the head of a file that MSRP
 * transfers.
 */
const kept = 4096;

const beginningOf = ({ dissector }: Reader, message: Buffer): CutMessage => ({
  dissector,
  // The bytes are copied, since a view of them would keep the rest in memory.
  bytes: Buffer.from(message.subarray(0, kept)),
  length: message.length,
});

/** Cuts what one direction of a connection says into whole messages; what comes in one record stays together. */
class Cutter {
  private reader: Reader | undefined;
  private held: Buffer = Buffer.alloc(0);
  private isLost = false;
  /** True if what is held has something worth seeing. */
  private isWorth = false;

  push(content: Buffer): CutMessage[] {
    const pdus: CutMessage[] = [];
    for (let next: Buffer | undefined = content; next && next.length > 0 && !this.isLost;) {
      const reader: Reader = (this.reader ??= readerOf(next));
      const { isWorth, pending, isLost = false, rest }: Cut = reader.push(next);
      this.held = Buffer.concat([this.held, next]);
      this.isWorth ||= isWorth;
      this.isLost = isLost;
      const whole = this.held.length - (rest?.length ?? 0);
      if (pending === 0 && !isLost) {
        if (this.isWorth) pdus.push(beginningOf(reader, this.held.subarray(0, whole)));
        this.held = Buffer.alloc(0);
        this.isWorth = false;
      }
      if (rest) this.reader = undefined;
      next = rest;
    }
    return pdus;
  }
}

/** Tells the protocol of a direction by its first byte: STUN begins with two zero bits (RFC 8489 5). */
function readerOf(bytes: Buffer): Reader {
  if (bytes[0]! < 4) return turnReader();
  return bytes.toString('latin1', 0, 5) === 'MSRP ' ? msrpReader() : sipReader();
}

function sipReader(): Reader {
  const framer = new SipFramer();
  return {
    dissector: 'sip.tcp',
    push: (bytes) => {
      const frames = framer.push(bytes);
      return {
        isWorth: frames.some(({ kind }) => kind === 'message'),
        isLost: frames.some(({ kind }) => kind === 'broken'),
        pending: framer.pending,
      };
    },
  };
}

function msrpReader(): Reader {
  const framer = new MsrpFramer();
  return {
    dissector: 'msrp',
    push: (bytes) => {
      const frames = framer.push(bytes);
      return {
        isWorth: frames.length > 0,
        isLost: frames.some(({ kind }) => kind === 'broken'),
        pending: framer.pending,
      };
    },
  };
}

/** Types of the messages after which a connection carries the bytes of a peer (RFC 6062 4.3). */
const binds = [0x000b, 0x010b];

function turnReader(): Reader {
  const framer = new TurnFramer(() => true);
  return {
    dissector: 'stun-tcp',
    push: (bytes) => {
      framer.add(bytes);
      let isWorth = false;
      for (let frame = framer.next(); frame; frame = framer.next()) {
        if (frame.kind === 'broken') return { isWorth: false, isLost: true, pending: 0 };
        if (frame.kind !== 'stun') continue;
        isWorth = true;
        if (binds.includes(frame.data.readUInt16BE(0)))
          return { isWorth, pending: 0, rest: framer.takeRest() };
      }
      return { isWorth, pending: framer.pending };
    },
  };
}
