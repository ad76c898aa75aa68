import { sameEndpoint, showEndpoint } from '../../kit/endpoint';
import type { Endpoint } from '../../nodes/ue/protocol';
import type { ProxyLogEntry } from '../../nodes/proxy/log-entry';
import { ObservedProxy } from '../evidence/observed-proxy';
import { packetOf, type TcpPacket } from '../evidence/packet';
import type { CapturedPacket } from '../evidence/pcap';
import type { AttemptResult } from '../judge/result';
import type { AttemptPackets, Tunnel } from './attempt-packets';
import { endsOf, type Denials } from './denials';
import type { Parties } from './parties';
import type { Denial, Place } from './sequence';

/** Most packets that open or close a connection that are kept of one proxy. */
const mostControls = 50_000;

interface Control {
  readonly packet: TcpPacket;
  readonly at: number;
  readonly place: Place;
}

/** What a proxy did for the UE: which of its connections served which tunnel, and how they began and ended. */
export class Proxied implements Tunnel {
  private readonly observed: ObservedProxy;
  private readonly controls: Control[] = [];
  private readonly legs = new Map<string, readonly string[]>();
  private settled: readonly ProxyLogEntry[] | undefined;

  /** @param at where the proxy waits for requests */
  constructor(
    private readonly at: Endpoint,
    parties: Parties,
    private readonly denials: Denials,
    private readonly attempts: readonly AttemptResult[],
  ) {
    this.observed = new ObservedProxy({ at, names: parties.known });
  }

  /** Takes a packet of the capture at the proxy. */
  add(captured: CapturedPacket, capture: string): void {
    this.observed.add(captured);
    const packet = packetOf(captured);
    if (packet?.protocol !== 'tcp' || !packet.flags || this.controls.length >= mostControls) return;
    const { syn, fin, rst } = packet.flags;
    if (!syn && !fin && !rst) return;
    if (this.isAtProxy(packet.dst, packet.dport) || this.isAtProxy(packet.src, packet.sport)) return;
    this.controls.push({ packet, at: captured.at, place: { capture, frame: captured.frame } });
  }

  /** Gives an attempt the packets that open and close the proxy's connections for it. */
  give(to: AttemptPackets): void {
    const ends = new Set(to.attempt.sockets.flatMap(({ local }) => this.legsOf(local)));
    const own = new Set([...ends].flatMap((leg) => [leg, reversed(leg)]));
    for (const control of this.controls) {
      if (!own.has(endsOf(control.packet))) continue;
      to.takeControl({ ...control, denial: this.denials.take(control.packet, control.at) });
    }
  }

  isBumped(client: Endpoint): boolean {
    return this.entries.some((entry) => entry.bumpMode !== undefined && sameEndpoint(entry.client, client));
  }

  denialOf(client: Endpoint, wire: Buffer, at: number): Denial | undefined {
    // A few bytes could be those of any packet.
    if (wire.length < 16) return undefined;
    for (const leg of this.legsOf(client)) {
      const denial = this.denials.takeWith(wire, leg, at);
      if (denial) return denial;
    }
    return undefined;
  }

  private get entries(): readonly ProxyLogEntry[] {
    return (this.settled ??= this.observed.entries);
  }

  /** Returns the ends of the proxy's connections for a client, from the proxy to the server. */
  private legsOf(client: Endpoint): readonly string[] {
    const key = showEndpoint(client);
    const known = this.legs.get(key) ?? this.findLegs(client);
    this.legs.set(key, known);
    return known;
  }

  private findLegs(client: Endpoint): string[] {
    const seen = this.entries.flatMap(({ client: of, localPort, server }) =>
      sameEndpoint(of, client) && localPort !== undefined && server
        ? [legOf({ ip: this.at.ip, port: localPort }, server)]
        : [],
    );
    const told = this.attempts.flatMap(({ evidence }) =>
      evidence.flatMap((item) => {
        if (item.kind !== 'drop' && item.kind !== 'vanished') return [];
        if (!item.servedConnect || !sameEndpoint(item.servedConnect.client, client)) return [];
        const { src, sport = 0, dst, dport = 0 } = item.packet;
        const [near, far] = [
          { ip: src, port: sport },
          { ip: dst, port: dport },
        ];
        return [near.ip === this.at.ip ? legOf(near, far) : legOf(far, near)];
      }),
    );
    return [...new Set([...seen, ...told])];
  }

  private isAtProxy(ip: string, port: number): boolean {
    return ip === this.at.ip && port === this.at.port;
  }
}

const legOf = (near: Endpoint, far: Endpoint): string =>
  endsOf({ protocol: 'tcp', src: near.ip, sport: near.port, dst: far.ip, dport: far.port });

const reversed = (ends: string): string => {
  const [protocol, one, other] = ends.split(' ');
  return `${protocol} ${other} ${one}`;
};
