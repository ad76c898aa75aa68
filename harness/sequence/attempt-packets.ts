import { sameEndpoint, showEndpoint } from '../../kit/endpoint';
import type { EspKeys } from '../../nodes/ipsec/esp-sa';
import type { Endpoint } from '../../nodes/ue/protocol';
import type { Ipv4Packet, TcpPacket } from '../evidence/packet';
import { TcpReassembler } from '../evidence/tcp-streams';
import type { TlsKeyLog } from '../evidence/tls-key-log';
import type { AttemptResult } from '../judge/result';
import { fold, Folder, type Draft } from './fold';
import type { Message } from './message';
import { carriersOf, packetMessage } from './packet-message';
import { fromLeftToRight, type NetworkParties, type Parties } from './parties';
import { arrowProtocols, type Denial, type Party, type Place, type Sequence } from './sequence';
import { streamMessages } from './stream-messages';
import { StunNames } from './stun-message';
import type { ToldDenial } from './told-denials';

/** Where packets were captured, and between whom. */
export interface Scene {
  readonly parties: Parties;
  readonly network: NetworkParties;
  readonly keys: TlsKeyLog;
  readonly esp: EspKeys;
}

/** A captured packet, and whether it was denied on its way. */
export interface Captured {
  readonly packet: Ipv4Packet;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly place: Place;
  readonly denial?: Denial | undefined;
}

/** A message with what an arrow needs to know of it. */
interface Sent {
  readonly message: Message;
  readonly at: number;
  /** Of several: when the last one was captured, and how many there are. */
  readonly lastAt?: number;
  readonly count?: number;
  readonly place: Place;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly carriers: readonly string[];
  readonly denial?: Denial | undefined;
  /** Who it is from or for, if not who has the address. */
  readonly from?: Party | undefined;
  readonly to?: Party | undefined;
}

/** Says what became of what went through a tunnel. */
export interface Tunnel {
  /** True if the proxy answered the client's TLS itself. */
  isBumped(client: Endpoint): boolean;
  /** Returns the denial of these bytes where the proxy has passed them on. */
  denialOf(client: Endpoint, wire: Buffer, at: number): Denial | undefined;
}

/** Most arrows of an attempt before they are in order; no attempt of the lab has as many. */
const mostDrafts = 20_000;

/** The packets of one attempt, from which its arrows are made. */
export class AttemptPackets {
  private readonly reassembler = new TcpReassembler();
  private readonly folder = new Folder();
  private readonly stun = new StunNames();
  /** What was denied, by the frame in the capture of the UE's side. */
  private readonly denied = new Map<number, Denial>();
  /** The highest sequence number of each direction of each connection. */
  private readonly reached = new Map<string, number>();
  /** When the last datagram was sent from each socket, and the last ESP from an address, with the port 0. */
  private readonly said = new Map<string, number>();
  private readonly problems = new Set<string>();
  private silent = 0;

  private readonly streams: Draft[] = [];
  /** Who was met. */
  private readonly met = new Map<string, Party>();

  /** @param capture the capture of the UE's side, of which the connections are */
  constructor(
    readonly attempt: AttemptResult,
    private readonly capture: string,
    private readonly scene: Scene,
  ) {}

  /** Notes why something may be missing. */
  lacks(problem: string | undefined): void {
    if (problem !== undefined) this.problems.add(problem);
  }

  /** Takes a packet of the UE, in the order in which they were captured. */
  take(captured: Captured): void {
    const { packet, at, place, denial } = captured;
    if (packet.protocol !== 'tcp') {
      if (packet.protocol !== 'icmp') this.said.set(showEndpoint(sourceOf(packet)), at);
      this.takeWhole(captured);
      return;
    }
    if (denial) this.denied.set(place.frame, denial);
    const control = controlOf(packet);
    if (control) this.draw(captured, control);
    const isNew = this.isNew(packet);
    if (packet.payload.length === 0 && !control) this.silent++;
    if (packet.payload.length > 0 && !isNew) this.draw(captured, packet.payload.length > 1 ? again : probe);
    // The packet is a view of a chunk, which the connection would keep in memory.
    this.reassembler.add({ ...packet, payload: Buffer.from(packet.payload) }, at, place.frame);
  }

  /** Takes a packet that is a message by itself. */
  takeWhole(captured: Captured): void {
    const { packet } = captured;
    this.draw(captured, packetMessage(packet, this.stun, this.scene.esp), carriersOf(packet));
  }

  /** Takes a packet of a connection that the proxy has opened: only its beginning and its end are shown. */
  takeControl(captured: Captured): void {
    const control = captured.packet.protocol === 'tcp' && controlOf(captured.packet);
    if (control) this.draw(captured, control);
  }

  /** Takes denied packets of which only facts are known. */
  takeTold({ packet, denial, at, lastAt, count }: ToldDenial): void {
    const { protocol, src, sport = 0, dst, dport = 0, summary } = packet;
    const known = arrowProtocols.find((one) => one === protocol) ?? 'other';
    this.keep({
      ...{ message: { protocol: known, label: summary }, at, lastAt, count, place: denial.place, denial },
      carriers: [],
      source: { ip: src, port: sport },
      destination: { ip: dst, port: dport },
    });
  }

  /** Reads the connections, once all packets are there. @param tunnel what the proxy did with the UE's tunnels */
  readStreams(tunnel?: Tunnel): void {
    const { keys, parties } = this.scene;
    for (const connection of this.reassembler.all()) {
      const { client, server } = connection;
      const connect = this.attempt.sockets.findLast(({ local }) => sameEndpoint(local, client))?.connect;
      const target = connect === undefined || tunnel?.isBumped(client) ? undefined : parties.target(connect);
      for (const one of streamMessages(connection, keys, this.stun)) {
        const { message, at, frame, lastFrame, from, carriers, isTunnelled, wire } = one;
        const isOut = from === 'client';
        const passedOn = isTunnelled && isOut ? tunnel?.denialOf(client, wire, at) : undefined;
        const beyond = isTunnelled && target ? parties.at(target.ip) : undefined;
        this.streams.push(
          this.draftOf({
            ...{ message, at, carriers },
            place: { capture: this.capture, frame },
            denial: this.denied.get(frame) ?? this.denied.get(lastFrame) ?? passedOn,
            ...(isOut
              ? { source: client, destination: server, to: beyond }
              : { source: server, destination: client, from: beyond }),
          }),
        );
      }
    }
  }

  /** Makes the sequence of all that was taken. */
  sequence(): Sequence {
    const all = this.folder.arrows;
    const own = all.filter((draft) => !this.isTooLate(draft));
    const late = countOf(all) - countOf(own);
    const { arrows, leftOut } = fold([...own, ...this.streams]);
    if (leftOut > 0) this.lacks(`${leftOut} messages in the middle are left out`);
    const { ue, firewall } = this.scene.network;
    const named = [ue.id, firewall.id, ...arrows.flatMap(({ from, to }) => [from, to])];
    const known = new Map([...this.met, [ue.id, ue], [firewall.id, firewall]]);
    return {
      attempt: this.attempt.id,
      parties: fromLeftToRight([...new Set(named)].map((id) => known.get(id)!)),
      arrows,
      leftOut: leftOut + late + this.silent,
      ...(this.problems.size > 0 && { problem: [...this.problems].join('; ') }),
    };
  }

  /**
   * Says whether a message came when the attempt was over and nobody listened any more. A server may go on to send its
   * requests to a socket for minutes.
   */
  private isTooLate({ at, protocol, label, source, destination, denied }: Draft): boolean {
    if (denied || at <= this.attempt.endedAt) return false;
    if (protocol === 'icmp') return source.ip === this.ueAddress;
    const isRequest = protocol === 'sip' && !/^\d/.test(label);
    return (
      isRequest && destination.ip === this.ueAddress && at > (this.said.get(showEndpoint(destination)) ?? 0)
    );
  }

  private get ueAddress(): string | undefined {
    return this.attempt.sockets[0]?.local.ip;
  }

  private isNew({ src, sport, dst, dport, seq, flags, payload }: TcpPacket): boolean {
    const key = `${src}:${sport} ${dst}:${dport}`;
    const end = (seq + payload.length + (flags?.syn ? 1 : 0)) >>> 0;
    const reached = flags?.syn ? undefined : this.reached.get(key);
    const isNew = reached === undefined || ((end - reached) | 0) > 0;
    if (isNew) this.reached.set(key, end);
    return isNew;
  }

  private draw(captured: Captured, message: Message, carriers: readonly string[] = []): void {
    const { packet, at, place, denial } = captured;
    const { dst, dport = 0 } = packet;
    this.keep({
      ...{ message, at, place, denial, carriers },
      source: sourceOf(packet),
      destination: { ip: dst, port: dport },
    });
  }

  private keep(sent: Sent): void {
    const key = keyOf(sent);
    const { at, lastAt = at, count = 1 } = sent;
    if (this.folder.join(key, lastAt, count)) return;
    if (this.folder.length < mostDrafts) this.folder.add(this.draftOf(sent), key);
    else this.silent += count;
  }

  private draftOf({
    message,
    at,
    lastAt = at,
    count = 1,
    place,
    source,
    destination,
    carriers,
    denial,
    from,
    to,
  }: Sent): Draft {
    const { parties, network } = this.scene;
    const sender = from ?? parties.at(source.ip);
    // What was sent to the address of a NAPT was meant for the UE behind it.
    const owner = to ?? parties.at(destination.ip);
    const receiver = denial && owner.id === network.firewall.id ? network.ue : owner;
    for (const party of [sender, receiver]) this.met.set(party.id, party);
    const { protocol, label, text, within = [], isBulk } = message;
    return {
      ...{ at, lastAt, from: sender.id, to: receiver.id, protocol, label },
      carriers: [...carriers, ...within],
      ...{ source, destination, count, place },
      ...(text !== undefined && { text }),
      ...(denial && { denied: denial }),
      ...(isBulk && { isBulk }),
    };
  }
}

/** Returns where a packet comes from; 0 stands for the port of what has none. */
const sourceOf = ({ src, sport = 0 }: Ipv4Packet): Endpoint => ({ ip: src, port: sport });

/** Two messages with the same key show the same. It is made for every packet, so it is made simply. */
function keyOf({ message, source, destination, carriers, denial }: Sent): string {
  const { protocol, label, within = [], isBulk, text = '' } = message;
  const ends = `${source.ip}:${source.port} ${destination.ip}:${destination.port}`;
  return `${ends} ${denial?.rule} ${protocol} ${[...carriers, ...within].join()} ${label}${isBulk ? '' : `\n${text}`}`;
}

const countOf = (drafts: readonly Draft[]): number => drafts.reduce((sum, { count }) => sum + count, 0);

const again: Message = { protocol: 'tcp', label: 'retransmission', isBulk: true };
const probe: Message = { protocol: 'tcp', label: 'keep-alive', isBulk: true };

/** Reads what a segment does to its connection; undefined if nothing. */
function controlOf({ flags }: TcpPacket): Message | undefined {
  const label = flags?.rst
    ? 'RST'
    : flags?.syn
      ? flags.ack
        ? 'SYN-ACK'
        : 'SYN'
      : flags?.fin
        ? 'FIN'
        : undefined;
  return label === undefined ? undefined : { protocol: 'tcp', label };
}
