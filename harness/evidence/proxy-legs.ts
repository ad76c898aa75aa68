import type { Endpoint, Flow } from '../../nodes/ue/protocol';
import type { DeniedPacket } from './denied-packet';
import type { Ipv4Packet } from './packet';
import { authorityAt, serverOf, type AskedTunnel, type ProxyTrace, type Slack } from './trace';

/** The flow whose CONNECT the proxy opened a connection for, by {@link endsOf} of that connection's packets. */
export type ProxyLegs = ReadonlyMap<string, Flow>;

/**
 * Ties connections of the proxy that are missing in its log to the CONNECTs for which they were opened. squid
 * logs the port of a connection only when the connection is established, and so never when its SYN is denied.
 *
 * The proxy opens connections for CONNECTs only, and one for each, because each name has one address and squid
 * does not try it twice. A connection can belong to a CONNECT if the CONNECT asked for the connection's other
 * end, came before the connection was first seen, and has no other connection. If one CONNECT is left, the
 * connection belongs to it. If as many connections as CONNECTs are left and all were denied, each CONNECT has
 * one of them, and it makes no difference which. If more CONNECTs are left, the connection stays without one.
 *
 * @param drops all packets that the firewall denied, in any order
 */
export function proxyLegs(drops: readonly DeniedPacket[], proxy: ProxyTrace, slack: Slack): ProxyLegs {
  const asked = proxy.tunnels.filter(({ flow }) => !isAnswered(flow, proxy, slack));
  let open = [...unloggedLegs(drops, proxy)].map(([ends, { server, first }]) => ({
    ends,
    first,
    candidates: asked.filter(
      ({ flow, closedAt }) =>
        isSame(targetOf(flow, proxy), server) && flow.at <= first + slack.before && closedAt >= first,
    ),
  }));
  const legs = new Map<string, Flow>();
  const taken = new Set<AskedTunnel>();
  for (;;) {
    open = open
      .filter(({ ends }) => !legs.has(ends))
      .map((leg) => ({ ...leg, candidates: leg.candidates.filter((tunnel) => !taken.has(tunnel)) }));
    const settled = open.map(({ candidates }) => among(open, candidates)).find((group) => group.length > 0);
    if (!settled) return legs;
    for (const { ends, candidates } of settled) {
      const tunnel = candidates.find((candidate) => !taken.has(candidate));
      if (!tunnel) continue;
      legs.set(ends, tunnel.flow);
      taken.add(tunnel);
    }
  }
}

/**
 * Returns a key of both ends of a packet, the same for both directions. For an ICMP error it is that of the
 * packet that the error is about.
 */
export function endsOf(packet: Ipv4Packet): string {
  if (packet.protocol === 'icmp' && packet.about) return endsOf(packet.about);
  const { protocol, src, sport, dst, dport } = packet;
  return `${protocol} ${[`${src}:${sport}`, `${dst}:${dport}`].sort().join(' ')}`;
}

/**
 * Says whether the proxy's log settles a CONNECT: it has the connection that served it, or an entry that there
 * was none, because the CONNECT was refused or never read.
 */
function isAnswered(flow: Flow, proxy: ProxyTrace, slack: Slack): boolean {
  return proxy.log.some(
    (entry) =>
      isSame(entry.client, flow.local) &&
      entry.at >= flow.at - slack.before &&
      (entry.localPort !== undefined || entry.isDenied || entry.method === undefined),
  );
}

interface Leg {
  readonly server: Endpoint;
  /** The time of the connection's first denied packet. */
  readonly first: number;
}

/** Returns the proxy's connections with denied packets that no line of its log names, by their ends. */
function unloggedLegs(drops: readonly DeniedPacket[], proxy: ProxyTrace): Map<string, Leg> {
  const legs = new Map<string, Leg>();
  for (const { at, packet } of [...drops].sort((a, b) => a.at - b.at)) {
    if (packet.protocol !== 'tcp') continue;
    const [source, destination] = [
      { ip: packet.src, port: packet.sport },
      { ip: packet.dst, port: packet.dport },
    ];
    const isOut = source.ip === proxy.address;
    if (!isOut && destination.ip !== proxy.address) continue;
    const [own, server] = isOut ? [source, destination] : [destination, source];
    const isLogged = proxy.log.some(
      (entry) => entry.localPort === own.port && isSame(serverOf(entry, proxy.names), server),
    );
    const ends = endsOf(packet);
    if (!isLogged && !legs.has(ends)) legs.set(ends, { server, first: at });
  }
  return legs;
}

/**
 * Returns the connections that can only serve these CONNECTs, if there are at least as many connections as
 * CONNECTs.
 */
function among<T extends { readonly candidates: readonly AskedTunnel[] }>(
  open: readonly T[],
  tunnels: readonly AskedTunnel[],
): T[] {
  const group = open.filter(
    ({ candidates }) => candidates.length > 0 && candidates.every((candidate) => tunnels.includes(candidate)),
  );
  return group.length >= tunnels.length ? group : [];
}

function targetOf({ connect, remote }: Flow, { address, names }: ProxyTrace): Endpoint | undefined {
  return remote.ip === address ? authorityAt(connect ?? '', names) : undefined;
}

function isSame(one: Endpoint | undefined, other: Endpoint): boolean {
  return one?.ip === other.ip && one.port === other.port;
}
