import { BlockList } from 'node:net';
import { z } from 'zod';
import { sameEndpoint } from '../../kit/endpoint';
import { fiveTuple, type Flow, type Identifier } from '../../nodes/ue/protocol';
import type { CaptureContent } from './capture-facts';
import { readConnects } from './http-connect';
import { readPacket } from './identifiers';
import type { TcpPacket, UdpPacket } from './packet';
import { RtpStreams } from './rtp-streams';
import { TcpReassembler, type TcpConnection } from './tcp-streams';
import { Traffic } from './traffic';

/** A way that the lab saw a phone take, by its packets. */
const observedWay = z.object({
  ...fiveTuple.shape,
  /** The authority that CONNECT asked for, if the way leads to the proxy. */
  connect: z.string().optional(),
  /**
   * Says whether anything came back on it: a packet over UDP, bytes over TCP, and behind a CONNECT bytes of the tunnel.
   */
  answered: z.boolean(),
  /** True if it is not the way of the rung. What comes back on it shows nothing of the rung. */
  aside: z.literal(true).optional(),
});
export type ObservedWay = z.infer<typeof observedWay>;

/** The ways that a phone took in one attempt, as the lab observed them. */
export const observedWays = z.object({
  /** The ways to the server of the rung; without any, all ways. */
  toServer: z.array(observedWay),
  /** For a service with a session: its other ways, which are those of the media. */
  besides: z.array(observedWay).optional(),
  /** True if there were more ways than the lab keeps. */
  cut: z.literal(true).optional(),
  /** True if there were ways and the rung was not tried: none was that of the rung, or a question to a DNS server. */
  astray: z.literal(true).optional(),
});
export type ObservedWays = z.infer<typeof observedWays>;

/** What leads to a server by a rung, and what leads to that server at all. */
export interface WaysOfRung {
  leadsToServer(way: Pick<Flow, 'remote' | 'connect'>): boolean;
  /** Asked of ways to the server. */
  isOfRung(way: Pick<Flow, 'protocol' | 'remote' | 'connect'>): boolean;
}

export interface ObservedAttemptOptions {
  /** Id of the attempt. */
  readonly attempt: string;
  /** The phone's own address. */
  readonly address: string;
  /** The access network, CIDR. What stays in it, to other addresses than the proxy, does not go to the firewall. */
  readonly subnet: string;
  /** Address of the proxy. */
  readonly proxy?: string;
  /** When the attempt began, ms since the epoch; earlier packets are not its own. */
  readonly startedAt: number;
  readonly onFlow: (flow: Flow) => void;
  readonly onIdentifier: (identifier: Identifier) => void;
}

const dnsPort = 53;

/** Most ways of one attempt that are kept. No phone needs as many; a port scan has more. */
export const mostWays = 1000;

/** One attempt of a phone that does not tell its sockets, as the packets of its address show it. */
export class ObservedAttempt implements Disposable {
  readonly identifiers: Identifier[] = [];
  private readonly ways = new Map<string, Way>();
  private readonly nearby: BlockList;
  private readonly reassembler = new TcpReassembler();
  private readonly traffic = new Traffic();
  private readonly rtp = new RtpStreams();
  private over = false;
  private connections: readonly TcpConnection[] | undefined;

  constructor(private readonly options: ObservedAttemptOptions) {
    this.nearby = new BlockList();
    const [network, prefix] = options.subnet.split('/');
    this.nearby.addSubnet(network!, Number(prefix));
    // Multicast and broadcast do not leave the network either.
    this.nearby.addSubnet('224.0.0.0', 3);
  }

  /** The ways that were announced, in order. */
  get flows(): Flow[] {
    return [...this.ways.values()].filter(({ told }) => told).map(({ flow }) => flow);
  }

  get attempt(): string {
    return this.options.attempt;
  }

  /** Says whether the attempt is over, so that no more packets belong to it. */
  get isOver(): boolean {
    return this.over;
  }

  /** The content of its packets, in the form of a capture that was read. */
  get content(): CaptureContent {
    const connections = this.connections ?? this.reassembler.all();
    return { connections, traffic: this.traffic, rtp: this.rtp, problem: undefined };
  }

  /** @param isNews false for a packet that shows no way of this attempt, see `PhoneWatch` */
  take(packet: UdpPacket | TcpPacket, at: number, isNews: boolean): void {
    if (this.over || at < this.options.startedAt) return;
    if (packet.protocol === 'tcp') this.reassembler.add(packet, at);
    this.traffic.add(packet, at);
    this.rtp.add(packet, at);
    if (packet.src === this.options.address) this.takeSent(packet, at, isNews);
    else if (packet.protocol === 'udp') {
      const way = this.ways.get(keyOf(packet, 'reverse'));
      if (way) way.answered = true;
    }
  }

  /**
   * Ends the observation, and leaves out what the phone tried once more after it had decided: a way that began later than
   * the decision is no reason for it, if it leads where an earlier one has led.
   * @param decidedAt ms since the epoch
   */
  endWith(decidedAt: number): void {
    const earlier = [...this.ways.values()].filter(({ flow }) => flow.at <= decidedAt);
    for (const [key, { flow }] of this.ways)
      if (flow.at > decidedAt && earlier.some((one) => isSameTarget(one.flow, flow))) this.ways.delete(key);
    this[Symbol.dispose]();
  }

  /** Ends the observation: ways that waited for their CONNECT are announced without one. */
  [Symbol.dispose](): void {
    if (this.over) return;
    for (const way of this.ways.values()) this.announce(way);
    this.connections = this.reassembler.all();
    this.over = true;
  }

  /**
   * Returns the ways that the phone took.
   * @param session true for a service with a session, whose media take other ways than the server's
   */
  waysOf(rung: WaysOfRung, session: boolean): ObservedWays {
    const shown = [...this.ways.values()].map((way): ObservedWay & { readonly isToServer: boolean } => {
      const { protocol, local, remote, connect } = way.flow;
      const known = { protocol, local, remote, ...(connect === undefined ? {} : { connect }) };
      const isToServer = rung.leadsToServer(known);
      const aside = isToServer && rung.isOfRung(known) ? {} : { aside: true as const };
      return { ...known, answered: this.isAnswered(way), ...aside, isToServer };
    });
    const without = ({ isToServer: _, ...way }: (typeof shown)[number]): ObservedWay => way;
    const toServer = shown.filter(({ isToServer }) => isToServer).map(without);
    // A name was asked for and told (RFC 1035 4.2.1): nothing more is to come on that way, neither voice nor failure.
    const isLookup = ({ protocol, remote, answered }: ObservedWay): boolean =>
      protocol === 'udp' && remote.port === dnsPort && answered;
    const besides = shown.filter((way) => !way.isToServer && !isLookup(way)).map(without);
    const cut = this.ways.size >= mostWays ? { cut: true as const } : {};
    const taken = toServer.length > 0 ? toServer : besides;
    // Who was not told the server's address has begun on the way to it. Who went elsewhere has not.
    const asks = toServer.length === 0 && besides.some(({ remote }) => remote.port === dnsPort);
    const isAstray = taken.length > 0 && taken.every(({ aside }) => aside) && !asks;
    return {
      toServer: taken,
      ...(session && toServer.length > 0 ? { besides } : {}),
      ...cut,
      ...(isAstray ? { astray: true as const } : {}),
    };
  }

  /** Says whether packets to this address go to the firewall or to the proxy; others show no way of the attempt. */
  private goesOut(ip: string): boolean {
    return ip === this.options.proxy || !this.nearby.check(ip);
  }

  private takeSent(packet: UdpPacket | TcpPacket, at: number, isNews: boolean): void {
    const { sip, stun } = readPacket(packet);
    for (const { status, branch, callId } of sip) {
      // The branch of a response is that of the other side's request.
      if (status === undefined) this.identify('sip-branch', branch);
      this.identify('sip-call-id', callId);
    }
    for (const { class: kind, transaction } of stun)
      if (kind === 'request') this.identify('stun-transaction', transaction);
    const key = keyOf(packet);
    let way = this.ways.get(key);
    if (!way) {
      if (!isNews || !this.goesOut(packet.dst) || this.ways.size >= mostWays) return;
      way = { flow: this.flowOf(packet, at), told: false, answered: false, head: '' };
      this.ways.set(key, way);
    }
    if (!way.told && this.isKnown(way, packet)) this.announce(way);
  }

  /**
   * Says whether all is known of a way that a flow has: of a connection to the proxy its CONNECT too, unless it asks for
   * something else, or its SYN is sent again because nobody answers.
   */
  private isKnown(way: Way, packet: UdpPacket | TcpPacket): boolean {
    if (packet.protocol === 'udp' || packet.dst !== this.options.proxy) return true;
    if (packet.flags?.syn === true) return (way.syns = (way.syns ?? 0) + 1) > 1;
    way.head += Buffer.from(packet.payload).toString('latin1');
    const target = /^CONNECT (\S+) HTTP\/1\.[01]\r?\n/.exec(way.head)?.[1];
    if (target !== undefined) way.flow = { ...way.flow, connect: target };
    const mayBeConnect = way.head.slice(0, 8) === 'CONNECT '.slice(0, way.head.length);
    return target !== undefined || !mayBeConnect || way.head.includes('\n');
  }

  private announce(way: Way): void {
    if (way.told) return;
    way.told = true;
    this.options.onFlow(way.flow);
  }

  private identify(kind: Identifier['kind'], value: string | undefined): void {
    if (value === undefined || this.identifiers.some((one) => one.kind === kind && one.value === value))
      return;
    const identifier = { attempt: this.attempt, kind, value };
    this.identifiers.push(identifier);
    this.options.onIdentifier(identifier);
  }

  private flowOf({ protocol, src, sport, dst, dport }: UdpPacket | TcpPacket, at: number): Flow {
    const [local, remote] = [
      { ip: src, port: sport },
      { ip: dst, port: dport },
    ];
    return { attempt: this.attempt, at, protocol, local, remote };
  }

  private isAnswered({ flow, answered }: Way): boolean {
    if (flow.protocol === 'udp') return answered;
    const { local, remote } = flow;
    return this.content.connections.some(({ client, server, fromClient, fromServer }) => {
      const isOwn = [client, server].every((end) =>
        [local, remote].some(({ ip, port }) => end.ip === ip && end.port === port),
      );
      if (!isOwn) return false;
      const { exchanges, serverOffset } = readConnects(fromClient.bytes, fromServer.bytes);
      const isRefused = exchanges.some(({ status }) => status === undefined || status >= 300);
      const isOpen = exchanges.some(({ status = 0 }) => status >= 200 && status < 300);
      return (isOpen || !isRefused) && fromServer.bytes.length > serverOffset;
    });
  }
}

/** Says whether a way leads where another has led; one that has asked the proxy for nothing yet may do so. */
export const isSameTarget = (
  one: Pick<Flow, 'protocol' | 'remote' | 'connect'>,
  again: Pick<Flow, 'protocol' | 'remote' | 'connect'>,
): boolean =>
  one.protocol === again.protocol &&
  sameEndpoint(one.remote, again.remote) &&
  (again.connect === undefined || again.connect === one.connect);

interface Way {
  flow: Flow;
  /** Says whether the flow was announced. */
  told: boolean;
  /** Says whether a packet came back over UDP. */
  answered: boolean;
  /** The bytes that were sent to the proxy until it was clear what they ask for. */
  head: string;
  /** Number of SYNs. */
  syns?: number;
}

function keyOf(
  { protocol, src, sport, dst, dport }: UdpPacket | TcpPacket,
  direction: 'forth' | 'reverse' = 'forth',
): string {
  const [from, to] = [`${src}:${sport}`, `${dst}:${dport}`];
  return direction === 'forth' ? `${protocol} ${from} ${to}` : `${protocol} ${to} ${from}`;
}
