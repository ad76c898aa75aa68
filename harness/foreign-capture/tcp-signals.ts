import { sameEndpoint, showEndpoint } from '../../kit/endpoint';
import { describePacket } from '../evidence/describe';
import type { TcpPacket } from '../evidence/packet';
import type { TcpConnection } from '../evidence/tcp-streams';
import type { SeenPacket } from './read-capture';

/** What happened to a connection besides its bytes. */
export interface Signals {
  /** Number of its first packet. */
  readonly frame: number;
  /** When SYNs of the UE were captured, milliseconds since the Unix epoch, as all times here. */
  readonly syns: readonly number[];
  /** Resets and FINs. */
  readonly ends: readonly End[];
  /** ICMP errors about it, in words. */
  readonly icmp: readonly string[];
  /** When the last bytes of the UE were sent, if they were never acknowledged. */
  readonly unacknowledged: readonly number[];
}

interface End {
  readonly from: 'ue' | 'server';
  readonly what: 'reset' | 'closed';
  readonly at: number;
}

/** The TCP packets of a capture, by their connections. */
export class TcpSignals {
  private readonly segments = new Map<string, { packet: TcpPacket; at: number; frame: number }[]>();
  private readonly errors = new Map<string, { words: string; at: number }[]>();

  constructor(packets: readonly SeenPacket[]) {
    for (const { packet, at, frame } of packets) {
      if (packet.protocol === 'tcp') listAt(this.segments, keyOf(packet)).push({ packet, at, frame });
      if (packet.protocol !== 'icmp' || packet.about?.protocol !== 'tcp') continue;
      const words = `${describePacket(packet)} from ${packet.src}`;
      listAt(this.errors, keyOf(packet.about)).push({ words, at });
    }
  }

  of({ client, server, openedAt, lastAt }: TcpConnection): Signals {
    const key = keyOf({ src: client.ip, sport: client.port, dst: server.ip, dport: server.port });
    const isOwn = ({ at }: { readonly at: number }): boolean => at >= openedAt && at <= lastAt;
    const own = (this.segments.get(key) ?? []).filter(isOwn);
    const isOut = ({ src, sport }: TcpPacket): boolean => sameEndpoint({ ip: src, port: sport }, client);
    return {
      frame: own[0]?.frame ?? 0,
      syns: own.flatMap(({ packet, at }) =>
        isOut(packet) && packet.flags?.syn && !packet.flags.ack ? [at] : [],
      ),
      ends: own.flatMap(({ packet, at }): End[] => {
        const { flags } = packet;
        const from = isOut(packet) ? 'ue' : 'server';
        return flags?.rst ? [{ from, what: 'reset', at }] : flags?.fin ? [{ from, what: 'closed', at }] : [];
      }),
      icmp: (this.errors.get(key) ?? []).filter(({ at }) => at >= openedAt).map(({ words }) => words),
      unacknowledged: unacknowledged(own, isOut),
    };
  }
}

/** Returns when the last bytes that the UE sent were captured, if nothing acknowledged them. */
function unacknowledged(
  segments: readonly { readonly packet: TcpPacket; readonly at: number }[],
  isOut: (packet: TcpPacket) => boolean,
): readonly number[] {
  let last: { readonly end: number; readonly times: number[] } | undefined;
  let acknowledged: number | undefined;
  for (const { packet, at } of segments) {
    const { seq, payload, ack } = packet;
    if (!isOut(packet)) {
      if (ack !== undefined && isBehind(acknowledged, ack)) acknowledged = ack;
      continue;
    }
    if (payload.length === 0) continue;
    const end = (seq + payload.length) >>> 0;
    if (isBehind(last?.end, end)) last = { end, times: [at] };
    else if (end === last?.end) last.times.push(at);
  }
  return last && isBehind(acknowledged, last.end) ? last.times : [];
}

/** Sequence numbers wrap at 2^32: the difference is taken as a signed number (RFC 9293 3.4). */
const isBehind = (one: number | undefined, other: number): boolean =>
  one === undefined || ((other - one) | 0) > 0;

const keyOf = ({ src, sport, dst, dport }: Pick<TcpPacket, 'src' | 'sport' | 'dst' | 'dport'>): string =>
  [showEndpoint({ ip: src, port: sport }), showEndpoint({ ip: dst, port: dport })].sort().join(' ');

function listAt<T>(lists: Map<string, T[]>, key: string): T[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}
