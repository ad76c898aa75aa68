import { sameEndpoint } from '../../kit/endpoint';
import type { ProxyLogEntry } from '../../nodes/proxy/log-entry';
import type { Endpoint, Flow, Identifier, WayProtocol } from '../../nodes/ue/protocol';
import type { Decisive } from '../../firewalls/rules';
import { espInUdpPort } from '../../ladder';
import type { DeniedPacket } from './denied-packet';
import { espHeadOf, isOnEspPort, type EspHead } from './esp';
import type { Ipv4Packet } from './packet';

import { endsOf, type ProxyLegs } from './proxy-legs';
import { defaultSlack, isOfFlow, serverOf, type AttemptTrace, type ProxyTrace, type Slack } from './trace';

/**
 * The ways to tie a dropped packet to an attempt, strongest first: by its addresses and ports, or for ESP by its SPI, as a
 * packet of the proxy's connection for the attempt's CONNECT (known by the proxy's log, or because no other CONNECT is
 * left that it could serve), or by an identifier that is readable in it.
 */
export const matchings = [
  'five-tuple',
  'esp-spi',
  'connect-leg',
  'sole-connect',
  'sip-branch',
  'stun-transaction',
  'sip-call-id',
] as const;
export type Matching = (typeof matchings)[number];

/** The fact that a dropped packet belongs to an attempt, and the way by which that is known. */
export interface Match {
  readonly matchedBy: Matching;
  /** The socket of the packet; missing when only an identifier ties the packet to the attempt. */
  readonly flow?: Flow;
  /** The proxy's log line on the CONNECT that the packet served; present with `connect-leg`. */
  readonly served?: ProxyLogEntry;
  /**
   * True if the attempt opened the same way again after the packet was denied. Only ESP can have the same addresses and
   * ports twice; with another socket it is another way.
   */
  readonly isFormer?: true;
}

/**
 * Says whether a dropped packet belongs to an attempt. The packet must have something of the attempt's own: the
 * addresses and ports of one of its sockets, those of the proxy's connection for one of its CONNECTs, or a SIP
 * or STUN identifier that it used, which survives address translation. The time can only exclude a packet,
 * never tie it.
 */
export function matchDrop(
  drop: Omit<DeniedPacket, 'firewall'>,
  attempt: AttemptTrace,
  proxy?: ProxyTrace,
  slack: Slack = defaultSlack,
  legs: ProxyLegs = new Map(),
): Match | undefined {
  if (drop.at > attempt.endedAt + slack.after) return undefined;
  const since = (start: number): boolean => drop.at >= start - slack.before;

  if (attempt.identifiers.some(({ kind }) => kind === 'esp-spi')) {
    const esp = espHeadOf(drop.packet);
    if (esp) return matchEsp(esp, drop.packet, attempt, since);
    // All attempts of a UE have the same addresses and ports there, so only an SPI says whose a packet is. A NAT-keepalive
    // has none; it carries nothing and gets no answer (RFC 3948 2.3), so that its loss explains no failure. If an NAPT
    // forgets the UE without it, what is denied then is ESP.
    if (isOnEspPort(drop.packet)) return undefined;
  }

  const tuples = tuplesOf(drop.packet);
  const flow = attempt.flows.find(
    (own) => since(own.at) && tuples.has(tupleKey(own.protocol, own.local, own.remote)),
  );
  if (flow) return { matchedBy: 'five-tuple', flow };

  for (const own of proxy ? attempt.flows : []) {
    if (own.remote.ip !== proxy?.address || !since(own.at)) continue;
    const served = proxy.log.find(
      (entry) => isOfFlow(entry, own, slack) && legTuple(entry, proxy).some((tuple) => tuples.has(tuple)),
    );
    if (served) return { matchedBy: 'connect-leg', flow: own, served };
  }

  const asked = legs.get(endsOf(drop.packet));
  const asking = attempt.flows.find(
    (own) => asked && own.at === asked.at && sameEndpoint(own.local, asked.local),
  );
  if (asking) return { matchedBy: 'sole-connect', flow: asking };

  if (!since(attempt.startedAt)) return undefined;
  const matchedBy = identifierKinds.find((kind) =>
    attempt.identifiers.some(
      (own) => own.kind === kind && readableValues(drop.readable, kind).includes(normal(own)),
    ),
  );
  return matchedBy && { matchedBy };
}

/** Ties an ESP packet to an attempt by its SPI, and to the way of it by its addresses. */
function matchEsp(
  { spi }: EspHead,
  packet: Ipv4Packet,
  { startedAt, identifiers, flows }: AttemptTrace,
  since: (start: number) => boolean,
): Match | undefined {
  const isOwn = identifiers.some(({ kind, value }) => kind === 'esp-spi' && value === spi);
  if (!isOwn || !since(startedAt)) return undefined;
  const { src, dst } = packet.protocol === 'icmp' && packet.about ? packet.about : packet;
  const opened = flows.filter(
    ({ local, remote, ...way }) =>
      isOfEsp({ ...way, remote }) &&
      ((src === local.ip && dst === remote.ip) || (src === remote.ip && dst === local.ip)),
  );
  const flow = opened.findLast(({ at }) => since(at));
  const isFormer = opened.some(({ at }) => !since(at));
  return { matchedBy: 'esp-spi', ...(flow ? { flow } : {}), ...(isFormer ? { isFormer } : {}) };
}

/** Says whether a way carries ESP, on IP or in UDP. */
const isOfEsp = ({ protocol, remote }: Pick<Flow, 'protocol' | 'remote'>): boolean =>
  protocol === 'esp' || (protocol === 'udp' && remote.port === espInUdpPort);

/**
 * Says whether the drop is decisive: no retransmission of the packet can get through either. One on a way that was opened
 * again afterwards is not, because the attempt went on.
 * @param decisive see {@link Decisive}
 */
export function isDecisive(
  drop: Pick<DeniedPacket, 'packet' | 'readable'>,
  match: Match,
  decisive: Decisive,
): boolean {
  if (match.isFormer) return false;
  return decisive === 'own' ? goesOut(drop, match) || isAnswer(drop) : decisive === 'all';
}

/** Says whether the UE sent the packet, or the proxy for the UE. */
function goesOut({ packet, readable }: Pick<DeniedPacket, 'packet' | 'readable'>, { flow }: Match): boolean {
  if (packet.protocol === 'icmp') return false;
  if (flow)
    return packet.src === flow.local.ip || (packet.src === flow.remote.ip && flow.connect !== undefined);
  // Without a socket, the readable message with the attempt's identifier shows the direction.
  return (
    readable.sip.some(({ status }) => status === undefined) ||
    readable.stun.some((message) => message.class === 'request')
  );
}

/** Says whether the packet answers a request or a SYN that has gone out. */
function isAnswer({ packet, readable }: Pick<DeniedPacket, 'packet' | 'readable'>): boolean {
  if (packet.protocol === 'icmp') return false;
  const isSynAck = packet.protocol === 'tcp' && packet.flags?.syn === true && packet.flags.ack;
  return (
    isSynAck ||
    readable.sip.some(({ status }) => status !== undefined) ||
    readable.stun.some((message) => message.class.endsWith('response'))
  );
}

/**
 * Returns the entries of the proxy's log that belong to this attempt, recognised by the client's address and
 * port and by the time.
 */
export function ownEntries(
  proxy: ProxyTrace,
  attempt: AttemptTrace,
  slack: Slack = defaultSlack,
): ProxyLogEntry[] {
  const flows = attempt.flows.filter((flow) => flow.remote.ip === proxy.address);
  return proxy.log.filter((entry) => flows.some((flow) => isOfFlow(entry, flow, slack)));
}

/**
 * Returns both directions of the proxy's connection that served the entry; empty when there was none or it is
 * not known.
 */
function legTuple(entry: ProxyLogEntry, proxy: ProxyTrace): string[] {
  const server = serverOf(entry, proxy.names);
  if (entry.method !== 'CONNECT' || !server || entry.localPort === undefined) return [];
  return [tupleKey('tcp', { ip: proxy.address, port: entry.localPort }, server)];
}

/**
 * Returns the addresses and ports of a packet, or of the packet that an ICMP error is about, in both
 * directions.
 */
function tuplesOf(packet: Ipv4Packet): Set<string> {
  if (packet.protocol === 'icmp') return packet.about ? tuplesOf(packet.about) : new Set();
  if (packet.protocol === 'other') return new Set();
  const { protocol, src, sport, dst, dport } = packet;
  return new Set([
    tupleKey(protocol, { ip: src, port: sport }, { ip: dst, port: dport }),
    tupleKey(protocol, { ip: dst, port: dport }, { ip: src, port: sport }),
  ]);
}

function tupleKey(protocol: WayProtocol, a: Endpoint, b: Endpoint): string {
  return `${protocol} ${a.ip}:${a.port} ${b.ip}:${b.port}`;
}

/**
 * The identifiers in the order of {@link matchings}. A Call-ID may serve several registrations, so it comes
 * last.
 */
const identifierKinds = ['sip-branch', 'stun-transaction', 'sip-call-id'] as const;

function readableValues(
  { sip, stun }: DeniedPacket['readable'],
  kind: Identifier['kind'],
): (string | undefined)[] {
  if (kind === 'stun-transaction') return stun.map((message) => message.transaction);
  return sip.map((message) => (kind === 'sip-branch' ? message.branch : message.callId));
}

function normal({ kind, value }: Identifier): string {
  return kind === 'stun-transaction' ? value.toLowerCase() : value;
}
