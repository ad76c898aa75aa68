import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { readFile, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { describeRules } from '../../firewalls/rules';
import { inOrderOfTime } from '../../kit/in-order-of-time';
import { firewallNode } from '../../nodes/firewall/firewall';
import { espKeysIn } from '../../nodes/ipsec/esp-sa';
import { clientRandomsIn } from '../evidence/client-hellos';
import { decryptedPdus } from '../evidence/decrypted-pdus';
import { exportedPdu } from '../evidence/exported-pdu';
import { decodeNflog } from '../evidence/nflog';
import {
  linkTypes,
  PcapDecoder,
  pcapHeaderLength,
  pcapItems,
  type CapturedPacket,
  type PcapFormat,
} from '../evidence/pcap';
import { PcapngWriter, type InterfaceWords, type PacketWords } from '../evidence/pcapng-writer';
import { TlsKeyLog } from '../evidence/tls-key-log';
import type { FirewallResult } from '../judge/result';
import { LabError } from '../lab/lab-error';
import { captureNames, espSaName, keyLogName, networkCaptureName } from '../evidence/capture-names';
import { markerText } from './marker';

/** Longest packet that is looked at for being a marker, in bytes: it carries a marker's text and little else. */
const longestMarker = 256;

/** What is needed to know of a firewall to explain what it denied. */
export type DescribedFirewall = Pick<FirewallResult, 'id' | 'knobs' | 'knobsDuring'>;

/** A capture of the run that becomes an interface of the capture for people. */
interface Tap extends Pick<InterfaceWords, 'name' | 'description'> {
  /** Its path in the run's folder. */
  readonly capture: string;
}

interface OpenedTap extends Tap {
  readonly format: PcapFormat;
}

/** The interface at the UE, of whose connections the run has the keys. */
const ueTap = 'ue';

/** Returns the captures of an access network, by what they are named as interfaces. */
export function tapsOf(firewall: Pick<FirewallResult, 'id' | 'knobs'>): Tap[] {
  const { ue, proxy, core, denied, sides } = captureNames(firewall);
  const tap = (name: string, capture: string, what: string): Tap => ({
    name,
    capture,
    description: `${what} (${capture})`,
  });
  return [
    tap(ueTap, ue, 'at the UE'),
    ...(proxy === undefined ? [] : [tap('proxy', proxy, 'at the web proxy')]),
    tap('firewall-inside', sides.inside, 'at the firewall, on the side of its access network'),
    tap('firewall-outside', core, 'at the firewall, on the side of the core'),
    tap('denied', denied, 'what the firewall denied, each packet with the rule'),
  ];
}

/**
 * Makes the capture of an access network that people open: one pcapng of all its captures, with an interface for each,
 * the packets in the order of time, a comment on each denied packet, and the TLS keys of its connections. The captures
 * stay as they are, because evidence names frames of them. What was captured until then is enough: a capture that is
 * missing or breaks off is told of by what is there, and of no capture at all no file is made.
 *
 * @param folder the run's folder
 * @throws LabError `CAPTURE_NOT_MERGED`
 */
export async function makeNetworkCapture(folder: string, firewall: DescribedFirewall): Promise<void> {
  const target = join(folder, networkCaptureName(firewall.id));
  // A file of the right name is whole, also if this process is killed or another one makes it too.
  const part = `${target}.${randomUUID()}.part`;
  try {
    const taps = (await Promise.all(tapsOf(firewall).map((tap) => opened(folder, tap)))).flat();
    if (taps.length === 0) return;
    await requireRoom(folder, taps);
    await pipeline(inChunks(blocksOf(folder, taps, firewall)), createWriteStream(part));
    await rename(part, target);
  } catch (error) {
    await rm(part, { force: true });
    throw notMerged(folder, firewall, error as Error);
  }
}

/** Returns the error of a capture for people that could not be made. */
export function notMerged(folder: string, firewall: Pick<FirewallResult, 'id'>, error: Error): LabError {
  const why = (error as NodeJS.ErrnoException).code ?? error.message;
  const target = join(folder, networkCaptureName(firewall.id));
  return new LabError(
    'CAPTURE_NOT_MERGED',
    `cannot write ${target} (${why}), which has the captures of ${firewallName(firewall)} in one; open them one by one, or mend that and let nimsfw report ${folder} make it`,
  );
}

/** Returns the capture with what its header tells; nothing if the run has not come so far. */
async function opened(folder: string, tap: Tap): Promise<OpenedTap[]> {
  const path = join(folder, tap.capture);
  if (!existsSync(path)) return [];
  const decoder = new PcapDecoder();
  for await (const chunk of createReadStream(path, { end: pcapHeaderLength - 1 }))
    decoder.push(chunk as Buffer);
  const { format } = decoder;
  return format ? [{ ...tap, format }] : [];
}

/** Returns the id of the firewall's node. */
const firewallName = ({ id }: Pick<FirewallResult, 'id'>): string => `${firewallNode.place.idPrefix}-${id}`;

/**
 * Throws unless the file system has room for as much as the captures take once more. A run whose disk is full loses
 * verdicts, and this file is no reason for it.
 */
async function requireRoom(folder: string, taps: readonly Tap[]): Promise<void> {
  const sizes = await Promise.all(taps.map(async ({ capture }) => (await stat(join(folder, capture))).size));
  const { bavail, bsize } = await statfs(folder);
  const wanted = sizes.reduce((sum, size) => sum + size, 0) * roomFactor;
  if (bavail * bsize < wanted) throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
}

/** How much room has to be there for a file of a size of 1, so that the run has something left. */
const roomFactor = 2;

/** Bytes that are written at once. */
const chunkSize = 256 * 1024;

/** Joins blocks, which are small, to chunks that are written faster. */
async function* inChunks(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let chunk: Buffer[] = [];
  let size = 0;
  for await (const block of blocks) {
    chunk.push(block);
    size += block.length;
    if (size < chunkSize) continue;
    yield Buffer.concat(chunk, size);
    chunk = [];
    size = 0;
  }
  yield Buffer.concat(chunk, size);
}

async function* blocksOf(
  folder: string,
  taps: readonly OpenedTap[],
  firewall: DescribedFirewall,
): AsyncGenerator<Buffer> {
  const first = taps[0]!;
  const ue = taps.findIndex(({ name }) => name === ueTap);
  const keys = await keysOf(folder, taps[ue]);
  const writer = new PcapngWriter(first.format.littleEndian);
  yield writer.sectionHeader('nimsfw-lab');
  for (const { name, description, format } of taps)
    yield writer.interfaceDescription({ name, description, linkType: format.linkType });
  yield writer.interfaceDescription(decrypted);
  yield writer.tlsSecrets(keys);
  const pdus = await pdusOf(folder, taps[ue], keys);
  const comment = commentsOn(firewall);
  const sources = taps.map((tap, index) => packetsOf(folder, tap, index));
  let frame = 0;
  for await (const { packet, index } of inOrderOfTime(sources)) {
    const brought = ++frame;
    yield writer.enhancedPacket({ ...packet, interface: index, ...comment(packet) });
    if (index !== ue) continue;
    for (const pdu of pdus.get(packet.frame) ?? []) {
      yield writer.enhancedPacket({ ...exportedPdu(pdu, brought), interface: taps.length, at: packet.at });
      frame++;
    }
  }
}

/**
 * The interface of what TLS and ESP carried. Wireshark takes what it decrypts on port 443 for HTTP, so the keys alone do not
 * show the SIP of step 3; the file cannot have keys of ESP.
 */
const decrypted: InterfaceWords = {
  name: 'decrypted',
  description: 'what TLS and ESP at the UE carried, in the clear: SIP, STUN and TURN without media, MSRP',
  linkType: linkTypes.upperPdu,
};

interface TapPacket {
  readonly at: number;
  readonly packet: CapturedPacket;
  /** Number of its interface. */
  readonly index: number;
}

/** Yields the packets of a capture. One that ends within a packet, as of a run that was killed, has those before it. */
async function* packetsOf(folder: string, { capture }: Tap, index: number): AsyncGenerator<TapPacket> {
  for await (const item of pcapItems(createReadStream(join(folder, capture)))) {
    if (item.kind === 'packet') yield { at: item.at, packet: item, index };
    else if (item.code !== 'PCAP_TRUNCATED') throw new Error(`${capture}: ${item.text}`);
  }
}

/** Returns the lines of the run's key log that are of connections in a capture. */
async function keysOf(folder: string, tap: Tap | undefined): Promise<string> {
  if (!tap) return '';
  const randoms = await clientRandomsIn(createReadStream(join(folder, tap.capture)));
  const lines = (await readFile(join(folder, keyLogName), 'utf8')).split('\n');
  return lines
    .filter((line) => randoms.has(line.split(' ')[1] ?? ''))
    .map((line) => `${line}\n`)
    .join('');
}

/** Returns what the TLS and the ESP of a capture carried, by the number of the frame that brought it. */
async function pdusOf(
  folder: string,
  tap: Tap | undefined,
  keys: string,
): Promise<Awaited<ReturnType<typeof decryptedPdus>>> {
  const file = join(folder, espSaName);
  // A run without AKA has none.
  const esp = espKeysIn(existsSync(file) ? await readFile(file, 'utf8') : '');
  if (!tap || (keys === '' && esp.size === 0)) return new Map();
  return decryptedPdus(createReadStream(join(folder, tap.capture)), new TlsKeyLog(keys), esp);
}

/** Returns a function that comments on what a reader has to know of a packet, as a part of the packet's words. */
function commentsOn(firewall: DescribedFirewall): (packet: CapturedPacket) => Pick<PacketWords, 'comment'> {
  const vectors = [firewall.knobs, ...Object.values(firewall.knobsDuring ?? {})];
  const rules = new Map(
    vectors.flatMap((knobs) => describeRules(knobs)).map(({ id, statement }) => [id as string, statement]),
  );
  return ({ linkType, bytes, littleEndian }) => {
    if (
      bytes.length <= longestMarker &&
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(markerText)
    )
      return { comment: 'a marker of the lab, which shows how far the capture has come; nothing of the UE' };
    const denied = linkType === linkTypes.nflog ? decodeNflog(bytes, littleEndian) : undefined;
    const statement = denied && rules.get(denied.prefix);
    return statement === undefined
      ? {}
      : { comment: `${firewallName(firewall)} denied it by ${denied!.prefix}: ${statement}` };
  };
}
