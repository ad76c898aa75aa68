import { join } from 'node:path';
import type { CaptureNames } from '../evidence/capture-names';
import { espHeadOf } from '../evidence/esp';
import { IpFragments } from '../evidence/ip-fragments';
import { packetOf, type Ipv4Packet } from '../evidence/packet';
import type { CapturedPacket } from '../evidence/pcap';
import { defaultSlack } from '../evidence/trace';
import type { AttemptResult } from '../judge/result';
import { AttemptPackets, type Scene } from './attempt-packets';
import { Denials } from './denials';
import { Proxied } from './proxied';
import { readCaptureFile } from './read-capture';
import type { Sequence } from './sequence';
import { ToldDenials } from './told-denials';

/** The captures of an access network, and the attempts that were made on it. */
export interface NetworkToRead {
  /** The run's folder. */
  readonly folder: string;
  readonly captures: CaptureNames;
  /** The path of the capture of the core in the folder. */
  readonly core: string;
  readonly scene: Scene;
  readonly attempts: readonly AttemptResult[];
}

/**
 * Reads the sequences of the attempts of one access network from its captures. What is wrong with a capture is told by
 * the sequences, and nothing in it is thrown.
 * @returns the sequences by the id of the attempt, in the order of the attempts
 */
export async function readNetwork(network: NetworkToRead): Promise<Map<string, Sequence>> {
  const { folder, captures, scene, attempts } = network;
  const all = attempts.map((attempt) => new AttemptPackets(attempt, captures.ue, scene));
  const denials = new Denials();
  const firewall = scene.network.firewall.id;
  const noLog = await readCaptureFile(join(folder, captures.denied), captures.denied, (packet) =>
    denials.add(packet, firewall, captures.denied),
  );
  const told = new Map(all.map((one) => [one, new ToldDenials(one.attempt, noLog !== undefined)]));
  const owners = new Owners(all);
  const takeOne = (captured: CapturedPacket): void => {
    const packet = packetOf(captured);
    const owner = packet && owners.of(packet, captured.at);
    if (!packet || !owner) return;
    const { at, frame } = captured;
    const denial = denials.take(packet, at) ?? told.get(owner)?.take(packet, at);
    owner.take({ packet, at, place: { capture: captures.ue, frame }, denial });
  };
  const incomplete: CapturedPacket[] = [];
  const fragments = new IpFragments((first) => incomplete.push(first));
  const problem = await readCaptureFile(join(folder, captures.ue), captures.ue, (captured) => {
    const whole = fragments.take(captured);
    if (whole) takeOne(whole);
  });
  for (const one of [...incomplete, ...fragments.unfinished()]) takeOne(one);
  const proxied = await readProxy(network, denials);
  await readCore(network, all);
  return new Map(
    all.map((one) => {
      one.lacks(problem);
      if (one.attempt.evidence.some(({ kind }) => kind === 'drop')) one.lacks(noLog);
      if (one.attempt.sockets.some(({ connect }) => connect !== undefined)) one.lacks(proxied?.problem);
      proxied?.tunnel.give(one);
      one.readStreams(proxied?.tunnel);
      for (const { packet, denial } of denials.takeOf(one.attempt))
        one.takeWhole({ packet, at: denial.at, place: denial.place, denial });
      for (const denial of told.get(one)!.left) one.takeTold(denial);
      return [one.attempt.id, one.sequence()];
    }),
  );
}

async function readProxy(
  { folder, captures, scene, attempts }: NetworkToRead,
  denials: Denials,
): Promise<{ tunnel: Proxied; problem: string | undefined } | undefined> {
  const socket = attempts
    .flatMap(({ sockets }) => sockets)
    .find(({ remote }) => remote.ip === scene.network.proxy);
  const { proxy } = captures;
  if (!socket || proxy === undefined) return undefined;
  const tunnel = new Proxied(socket.remote, scene.parties, denials, attempts);
  const problem = await readCaptureFile(join(folder, proxy), proxy, (packet) => tunnel.add(packet, proxy));
  return { tunnel, problem };
}

/** Reads the requests of the core that had no way to a UE behind an address translation. */
async function readCore({ folder, core }: NetworkToRead, all: readonly AttemptPackets[]): Promise<void> {
  const wanted = new Map<number, AttemptPackets[]>();
  for (const one of all)
    for (const item of one.attempt.evidence) {
      if (item.kind !== 'translation') continue;
      for (const { frame } of [item.request.asked, item.request.answered])
        wanted.set(frame, [...(wanted.get(frame) ?? []), one]);
    }
  if (wanted.size === 0) return;
  const last = Math.max(...wanted.keys());
  const problem = await readCaptureFile(join(folder, core), core, (captured) => {
    const { frame, at } = captured;
    const packet = wanted.has(frame) ? packetOf(captured) : undefined;
    for (const one of packet ? wanted.get(frame)! : [])
      one.takeWhole({ packet: packet!, at, place: { capture: core, frame } });
    return frame >= last;
  });
  for (const one of new Set([...wanted.values()].flat())) one.lacks(problem);
}

/** Finds the attempt of a packet by the UE's end of it, and by the time where a phone uses one socket for several. */
class Owners {
  private readonly bySocket = new Map<string, { readonly at: number; readonly owner: AttemptPackets }[]>();
  /** ESP in UDP has the same ports for all attempts of a UE, and on IP it has none. */
  private readonly bySpi = new Map<string, AttemptPackets>();

  constructor(all: readonly AttemptPackets[]) {
    for (const owner of all) {
      for (const spi of owner.attempt.identifiers.espSpis ?? []) this.bySpi.set(spi, owner);
      for (const { at, protocol, local } of owner.attempt.sockets) {
        const key = `${protocol} ${local.ip}:${local.port}`;
        const known = this.bySocket.get(key) ?? [];
        this.bySocket.set(
          key,
          [...known, { at, owner }].sort((a, b) => a.at - b.at),
        );
      }
    }
  }

  of(packet: Ipv4Packet, at: number): AttemptPackets | undefined {
    if (packet.protocol === 'icmp') return packet.about && this.of(packet.about, at);
    const esp = espHeadOf(packet);
    if (esp) return this.bySpi.get(esp.spi);
    if (packet.protocol === 'other') return undefined;
    const { protocol, src, sport, dst, dport } = packet;
    const known =
      this.bySocket.get(`${protocol} ${src}:${sport}`) ?? this.bySocket.get(`${protocol} ${dst}:${dport}`);
    return known?.findLast((one) => one.at <= at + defaultSlack.before)?.owner;
  }
}
