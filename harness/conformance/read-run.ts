import { X509Certificate } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inParallel } from '../../kit/at-once';
import type { OpenRun } from '../bundle/open-run';
import { makePrivateFolder } from '../bundle/removed-at-end';
import { espSaName, keyLogName } from '../evidence/capture-names';
import type { RunResult } from '../judge/result';
import { LabError } from '../lab/lab-error';
import { sideOf, type CaptureSide } from './capture-side';
import { observed, type Observed } from './observed';
import { packetQuestion, PacketReader } from './packet-reader';
import type { Sighting } from './sighting';
import { dissect, requireTshark, type Question, type Row } from './tshark';
import { streamQuestion, StreamReader } from './byte-streams';

/** How many captures are read at once. */
const atOnce = 2;

/**
 * Reads what was said in a run from its captures.
 *
 * @throws LabError `NO_CAPTURES`, `MISSING_PROGRAM`, `CAPTURE_UNREADABLE`
 */
export async function readRun({ path, folder, result }: OpenRun): Promise<Observed> {
  if (folder === undefined) throw noCaptures(path);
  const captures = capturesIn(folder, path);
  requireTshark();
  const ues = addressesOfUes(result);
  const pcscf = pcscfInCore(result);
  const isTrusted = trustOf(folder);
  const keys = join(folder, keyLogName);
  using esp = espSettings(folder);
  const packets: PacketReader[] = [];
  const streams: StreamReader[] = [];
  const readings = captures.flatMap(({ capture, side }) => {
    const isNear = side === 'ue' ? (ip: string) => ues.has(ip) : (ip: string) => ip === pcscf;
    const context = { capture, side, isNear, ...(isTrusted ? { isTrusted } : {}) };
    return [
      () =>
        reading(join(folder, capture), packetQuestion(keys, esp?.folder), new PacketReader(context), packets),
      // The core has no connections.
      ...(side === 'core'
        ? []
        : [() => reading(join(folder, capture), streamQuestion(keys), new StreamReader(context), streams)]),
    ];
  });
  await inParallel(readings, atOnce, (read) => read());
  return observed({
    message: inOrder(packets.flatMap(({ messages }) => messages)),
    handshake: inOrder(packets.flatMap(({ handshakes }) => handshakes)),
    tunnel: inOrder(packets.flatMap(({ tunnels }) => tunnels)),
    stun: inOrder([...packets, ...streams].flatMap(({ stun }) => stun)),
    msrp: inOrder(streams.flatMap(({ msrp }) => msrp)),
    ping: inOrder([...packets, ...streams].flatMap(({ pings }) => pings)),
    rtp: inOrder(packets.flatMap(({ rtp }) => rtp)),
  });
}

/** Has a reader read a capture, and adds it to those that have. */
async function reading<Field extends string, Reader extends { add(row: Row<Field>): void }>(
  file: string,
  question: Question<Field>,
  reader: Reader,
  readers: Reader[],
): Promise<void> {
  for await (const row of dissect(file, question)) reader.add(row);
  readers.push(reader);
}

/**
 * Makes a folder of settings for tshark that has nothing but the keys of a run's ESP; undefined if the run had none. The run's
 * own folder is none to be trusted: tshark would run programs that it finds there.
 */
function espSettings(folder: string): ({ readonly folder: string } & Disposable) | undefined {
  const keys = join(folder, espSaName);
  if (!existsSync(keys)) return undefined;
  const made = makePrivateFolder();
  copyFileSync(keys, join(made.folder, espSaName));
  return { folder: made.folder, [Symbol.dispose]: made.remove };
}

function capturesIn(folder: string, path: string): { capture: string; side: CaptureSide }[] {
  const captures = namesIn(join(folder, 'captures')).flatMap((name) => {
    const side = sideOf(name);
    return side === undefined ? [] : [{ capture: `captures/${name}`, side }];
  });
  if (captures.length > 0) return captures;
  throw noCaptures(path);
}

const noCaptures = (path: string): LabError =>
  new LabError(
    'NO_CAPTURES',
    `${path} has no captures of a UE (captures/*-ue-side.pcap); name a folder that nimsfw run --out has written`,
  );

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/**
 * Returns what says whether the UEs of a run trust who has signed a certificate; undefined if it has not kept the authority
 * that they trust, which is the same one for all of them.
 */
function trustOf(folder: string): ((certificate: X509Certificate) => boolean) | undefined {
  const nodes = join(folder, 'nodes');
  const file = namesIn(nodes)
    .map((node) => join(nodes, node, 'trust.pem'))
    .find((name) => existsSync(name));
  if (file === undefined) return undefined;
  const authority = new X509Certificate(readFileSync(file));
  return (certificate) => certificate.verify(authority.publicKey);
}

/** Returns the addresses of the UEs of a run: those of the sockets that they told of. */
const addressesOfUes = ({ cells }: RunResult): ReadonlySet<string> =>
  new Set(
    cells.flatMap(({ attempts }) => attempts.flatMap(({ sockets }) => sockets.map(({ local }) => local.ip))),
  );

/** Returns the address at which the P-CSCF of a run stood in the core. */
const pcscfInCore = ({ run }: RunResult): string | undefined =>
  run.boxes.find(({ place }) => place === 'pcscf')?.addresses?.['core'];

const inOrder = <T extends Sighting>(sightings: readonly T[]): T[] =>
  [...sightings].sort((a, b) => a.at - b.at || a.frame - b.frame);
