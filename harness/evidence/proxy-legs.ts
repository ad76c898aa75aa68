import type { Endpoint, Flow } from '../../nodes/ue/protocol';
import type { Drop } from './drop';
import type { Ipv4Packet } from './packet';
import type { AskedTunnel, ProxyTrace, Slack } from './trace';

/** Whose tunnel the proxy opened a connection for, by {@link endsOf} of its packets. */
export type ProxyLegs = ReadonlyMap<string, Flow>;

/**
 * Ties connections of the proxy that its log says nothing of to the CONNECTs that they were opened for. squid logs the
 * port of a connection only when that stands, so of one whose SYN is denied it never does.
 *
 * The proxy opens no connection but for a CONNECT, and one for each: there is one address to a name, and it does not try
 * that twice. So a connection belongs to a CONNECT that asked for its other end, was asked before the connection was
 * first seen, and has no other connection. Where one CONNECT is left, it is that one's; where as many connections as
 * CONNECTs are left and all were denied, each CONNECT has one of them, and which is whose makes no difference. Where more
 * are left, nothing is said.
 *
 * @param drops all that the firewall denied, in any order
 */
export function proxyLegs(drops: readonly Drop[], proxy: ProxyTrace, slack: Slack): ProxyLegs {
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

/** Both ends of a packet, whichever way it goes; of an ICMP error, of the packet that it is about. */
export function endsOf(packet: Ipv4Packet): string {
  if (packet.protocol === 'icmp' && packet.about) return endsOf(packet.about);
  const { protocol, src, sport, dst, dport } = packet;
  return `${protocol} ${[`${src}:${sport}`, `${dst}:${dport}`].sort().join(' ')}`;
}

/** Whether the proxy's log has the connection that served it, or that there was none to be: refused, or never asked for. */
function isAnswered(flow: Flow, proxy: ProxyTrace, slack: Slack): boolean {
  return proxy.log.some(
    (entry) =>
      isSame(entry.client, flow.local) &&
      entry.at >= flow.at - slack.before &&
      (entry.localPort !== undefined || entry.squidStatus === 'TCP_DENIED' || entry.method === undefined),
  );
}

interface Leg {
  readonly server: Endpoint;
  /** When a packet of it was denied for the first time. */
  readonly first: number;
}

/** Connections of the proxy of which packets were denied and which no line of its log names, as they were first seen. */
function unloggedLegs(drops: readonly Drop[], proxy: ProxyTrace): Map<string, Leg> {
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
      (entry) => entry.localPort === own.port && entry.server && isSame(entry.server, server),
    );
    const ends = endsOf(packet);
    if (!isLogged && !legs.has(ends)) legs.set(ends, { server, first: at });
  }
  return legs;
}

/** The connections that can only serve these CONNECTs, where there are enough of them for each. */
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
  const [, host, port] = /^(.+):(\d+)$/.exec(connect ?? '') ?? [];
  return host === undefined || remote.ip !== address
    ? undefined
    : { ip: names[host] ?? host, port: Number(port) };
}

function isSame(one: Endpoint | undefined, other: Endpoint): boolean {
  return one?.ip === other.ip && one.port === other.port;
}
