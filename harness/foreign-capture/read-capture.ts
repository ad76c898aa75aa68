import { createReadStream, statSync } from 'node:fs';
import { oneLine } from '../../kit/one-line';
import { plural } from '../../kit/words';
import type { Endpoint } from '../../nodes/ue/protocol';
import { capturedItems } from '../evidence/captured-items';
import { decodeDrop, type Drop } from '../evidence/drop';
import { readExportedPdu } from '../evidence/exported-pdu';
import { isIpv6, isReadable, packetOf, type Ipv4Packet } from '../evidence/packet';
import { linkTypes } from '../evidence/pcap';
import { tlsKeyLog } from '../evidence/pcapng-format';
import { LabError } from '../lab/lab-error';

/** A packet as one interface captured it. */
export interface SeenPacket {
  readonly packet: Ipv4Packet;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** Its number in the capture, from 1. */
  readonly frame: number;
}

/** What was captured at one interface. */
export interface SeenInterface {
  /** Its name; empty if the capture does not name it. */
  readonly name: string;
  readonly packets: readonly SeenPacket[];
}

/** A SIP message that somebody has decrypted, without the packets that carried it. */
export interface DecryptedSip {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly bytes: Uint8Array;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** The content of somebody's capture. */
export interface ForeignCapture {
  /** Those that have IPv4 packets, in the order in which the capture describes them. A classic pcap is one. */
  readonly interfaces: readonly SeenInterface[];
  /** What the log of a firewall in it says that it denied, with the rule's name (LINKTYPE_NFLOG). */
  readonly drops: readonly Drop[];
  /** The SIP in it that was exported from what carried it (LINKTYPE_WIRESHARK_UPPER_PDU). */
  readonly decrypted: readonly DecryptedSip[];
  /** The TLS secrets in it, as a key log. */
  readonly keyLog: string;
  /** Why not all of it was read, a line each. */
  readonly lacks: readonly string[];
}

/** Most packets that are kept, which take some 500 MiB of memory. */
const mostPackets = 500_000;

/**
 * Reads a capture, pcap or pcapng.
 * @throws LabError `CAPTURE_UNREADABLE` if it cannot be read or is none
 */
export async function readForeignCapture(file: string): Promise<ForeignCapture> {
  const interfaces = new Map<number, { name: string; packets: SeenPacket[] }>();
  const drops: Drop[] = [];
  const decrypted: DecryptedSip[] = [];
  const secrets: string[] = [];
  const lacks: string[] = [];
  const unread = new Map<string, number>();
  let kept = 0;
  // A pipe would be waited for without an end.
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === false) throw unreadable(file, 'it is no file');
  try {
    for await (const item of capturedItems(createReadStream(file))) {
      if (item.kind === 'problem') {
        if (item.code === 'PCAP_NOT_A_CAPTURE' || (item.code === 'PCAP_TRUNCATED' && kept === 0))
          throw unreadable(file, item.text);
        lacks.push(`${item.text}; what is behind that was not read`);
        continue;
      }
      if (item.kind === 'secrets') {
        if (item.type === tlsKeyLog) secrets.push(Buffer.from(item.bytes).toString('latin1'));
        continue;
      }
      if (kept >= mostPackets) {
        lacks.push(`only the first ${mostPackets} packets were read; cut out what matters with editcap`);
        break;
      }
      const { linkType, at, frame } = item;
      if (linkType === linkTypes.nflog) {
        const drop = decodeDrop(item, item.interface?.name ?? '');
        if (drop) drops.push(drop);
        continue;
      }
      // What was decrypted stands in the capture encrypted too, and is no packet.
      if (linkType === linkTypes.upperPdu) {
        const pdu = readExportedPdu(item.bytes);
        if (pdu?.dissector === 'sip' && decrypted.push({ ...pdu, at })) kept++;
        continue;
      }
      const packet = packetOf(item);
      if (!packet) {
        const what = isReadable(linkType) ? 'IPv6' : `link type ${linkType}`;
        if (isIpv6(item) || !isReadable(linkType)) unread.set(what, (unread.get(what) ?? 0) + 1);
        continue;
      }
      const { number = 0, name = '' } = item.interface ?? {};
      const seen = interfaces.get(number) ?? { name, packets: [] };
      interfaces.set(number, seen);
      seen.packets.push({ packet, at, frame });
      kept++;
    }
  } catch (error) {
    if (error instanceof LabError) throw error;
    throw unreadable(file, (error as NodeJS.ErrnoException).code ?? String(error));
  }
  for (const [what, count] of unread)
    lacks.push(`what is in ${plural(count, 'packet')} of ${what}, which cannot be read here`);
  const inOrder = [...interfaces].sort(([a], [b]) => a - b).map(([, seen]) => seen);
  return { interfaces: inOrder, drops, decrypted, keyLog: secrets.join('\n'), lacks };
}

const unreadable = (file: string, why: string): LabError =>
  new LabError('CAPTURE_UNREADABLE', oneLine(`cannot read ${file} (${why}); name a capture, pcap or pcapng`));
