import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { inParallel } from '../../kit/at-once';
import { builtInBoxes } from '../../nodes';
import { defaultAddresses, hostAddress } from '../../topologies/addresses';
import type { RunResult } from '../judge/result';
import { LabError } from '../lab/lab-error';
import { readStoredResult } from '../run/stored-result';
import { sideOf, type CaptureSide } from './capture-side';
import { observed, type Observed } from './observed';
import { packetQuestion, PacketReader } from './packet-reader';
import type { Sighting } from './sighting';
import { dissect, requireTshark } from './tshark';

/** How many captures are read at once. */
const atOnce = 2;

/**
 * Reads what was said in a run from its captures.
 *
 * @param folder the run's `--out`
 * @throws LabError `NO_CAPTURES`, `MISSING_PROGRAM`, `CAPTURE_UNREADABLE`, and the errors of `readStoredResult`
 */
export async function readRun(folder: string): Promise<Observed> {
  const captures = capturesIn(folder);
  requireTshark();
  const ues = addressesOfUes(readStoredResult(folder));
  const question = packetQuestion(join(folder, 'keys.log'));
  const readers: PacketReader[] = [];
  await inParallel(captures, atOnce, async ({ capture, side }) => {
    const isNear = side === 'ue' ? (ip: string) => ues.has(ip) : (ip: string) => ip === pcscfInCore;
    const reader = new PacketReader({ capture, side, isNear });
    for await (const row of dissect(join(folder, capture), question)) reader.add(row);
    readers.push(reader);
  });
  return observed({
    message: inOrder(readers.flatMap(({ messages }) => messages)),
    handshake: inOrder(readers.flatMap(({ handshakes }) => handshakes)),
    tunnel: inOrder(readers.flatMap(({ tunnels }) => tunnels)),
  });
}

function capturesIn(folder: string): { capture: string; side: CaptureSide }[] {
  const captures = namesIn(join(folder, 'captures')).flatMap((name) => {
    const side = sideOf(name);
    return side === undefined ? [] : [{ capture: `captures/${name}`, side }];
  });
  if (captures.length > 0) return captures;
  throw new LabError(
    'NO_CAPTURES',
    `${folder} has no captures of a UE (captures/*-ue-side.pcap); name a folder that nimsfw run --out has written`,
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** Returns the addresses of the UEs of a run: those of the sockets that they told of. */
const addressesOfUes = ({ cells }: RunResult): ReadonlySet<string> =>
  new Set(
    cells.flatMap(({ attempts }) => attempts.flatMap(({ sockets }) => sockets.map(({ local }) => local.ip))),
  );

const pcscfInCore = hostAddress(
  defaultAddresses.core,
  builtInBoxes.of('pcscf').place.interfaces.find(({ network }) => network === 'core')!.host,
);

const inOrder = <T extends Sighting>(sightings: readonly T[]): T[] =>
  [...sightings].sort((a, b) => a.at - b.at || a.frame - b.frame);
