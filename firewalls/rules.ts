import { z } from 'zod';
import type { IpProtocol, Knobs, PortRule } from './knobs';

/** A Linux interface name; nothing in it can end the quotes of an nft string or act as a wildcard. */
const interfaceName = z.string().regex(/^[A-Za-z0-9_.@-]{1,15}$/, 'must be an interface name');

/**
 * A firewall's interfaces and addresses. Interfaces are named, never counted, because their
 * order differs between backends.
 */
export const firewallAddresses = z.object({
  /** The interface towards the access network. */
  inside: z.object({ interface: interfaceName, ip: z.ipv4(), subnet: z.cidrv4() }),
  /** The interface towards transit. With NAPT, packets leave with this address. */
  outside: z.object({ interface: interfaceName, ip: z.ipv4() }),
  /** The web proxy on the access network, if there is one. */
  proxy: z.object({ ip: z.ipv4() }).optional(),
  /** The DNS server, if the lab has one. */
  resolver: z.object({ ip: z.ipv4() }).optional(),
});
export type FirewallAddresses = z.infer<typeof firewallAddresses>;

/** Stable names of the deny rules: nflog prefixes, evidence and reports carry them. */
export const ruleIds = [
  'invalid-state',
  'not-http-on-80',
  'not-tls-on-443',
  'null-suite',
  'readable-sip',
  'readable-stun',
  'readable-rtp',
  'readable-msrp',
  'not-followed',
  'unsolicited-inbound',
  'dns-not-allowed',
  'no-connection',
  'direct-not-allowed',
  'protocol-not-allowed',
  'sip-ports',
  'udp-port-denied',
  'tcp-port-denied',
  'udp-not-allowed',
  'tcp-port-not-allowed',
  'everything-else',
  'everything',
] as const;
export type RuleId = (typeof ruleIds)[number];

/** Protocols that type 9 knows by their bytes. */
export type Readable = 'sip' | 'stun' | 'rtp' | 'msrp';

/** A property for which a packet is denied. */
export type Condition =
  | { readonly kind: 'any' }
  | { readonly kind: 'invalid-state' }
  | { readonly kind: 'from-outside' }
  | { readonly kind: 'not-syn' }
  | { readonly kind: 'not-from'; readonly ip: string | undefined }
  | { readonly kind: 'dns-not-from'; readonly ip: string | undefined }
  | { readonly kind: 'protocol-not-in'; readonly protocols: readonly IpProtocol[] }
  | {
      readonly kind: 'port-in' | 'port-not-in';
      readonly transport: 'udp' | 'tcp';
      readonly ports: readonly number[];
    }
  | { readonly kind: 'not-opening'; readonly port: 80; readonly as: 'http' }
  | { readonly kind: 'not-opening'; readonly port: 443; readonly as: 'tls' }
  | { readonly kind: 'null-suite'; readonly port: 443 }
  | { readonly kind: 'readable'; readonly port: 443; readonly what: Readable }
  | { readonly kind: 'not-followed' };

/**
 * Says for which of the packets that a rule denies the drop is decisive, because every
 * retransmission meets the rule again:
 * - `all`: for every packet, since the rule looks only at bytes that a retransmission carries too;
 * - `own`: for packets that the UE sends out, and for answers to them. Another packet from the other side
 *   may pass later, once the UE has sent one out: the peer's connectivity check comes as often before one's
 *   own as after it (RFC 8445 7.3);
 * - `none`: for no packet, since a packet outside conntrack's state can be a stray latecomer.
 */
export type Decisive = 'all' | 'own' | 'none';

/** A deny rule. */
export interface Rule {
  readonly id: RuleId;
  /**
   * `forward` sees packets through the firewall; `input` sees packets for the firewall itself, which are those
   * that its NAPT has no mapping for.
   */
  readonly chain: 'forward' | 'input';
  /**
   * The rule sees `every-packet` of a connection, or only a packet that `opens` one, so that
   * replies and later packets pass.
   */
  readonly sees: 'every-packet' | 'opens';
  /** The denied packets, in plain words that complete "drops ...". */
  readonly statement: string;
  readonly decisive: Decisive;
  /** The rule denies a packet for which any of these holds. */
  readonly conditions: readonly Condition[];
}

/**
 * Returns the deny rules of a knob vector, in the order in which a packet meets them. A
 * packet that no rule denies passes.
 *
 * The order has reasons. Content inspection sees every packet of a connection, so it stands before "replies pass".
 * Of the rules for packets that open a connection, `direct-not-allowed` comes first, as an enterprise writes it:
 * only the proxy may go out, whatever the packet carries. The rules on protocols and ports then bind the proxy too,
 * which needs TCP 80 to fetch plain HTTP and 443 for CONNECT, and resolves names inside.
 *
 * @throws RangeError when the knobs ask for a proxy and the addresses name none
 */
export function compileRules(knobs: Knobs, addresses: FirewallAddresses): Rule[] {
  if (knobs.proxy !== 'none' && !addresses.proxy) {
    throw new RangeError('the knobs ask for a web proxy, but the addresses name none');
  }
  return describeRules(knobs, addresses.proxy?.ip);
}

/** Returns the rules like {@link compileRules}, but only for showing them, so that it needs no addresses. */
export function describeRules(knobs: Knobs, proxyIp?: string): Rule[] {
  if (knobs.protocols !== 'any' && knobs.protocols.length === 0) return closedRules;
  const rules = [...contentRules(knobs), ...openingRules(knobs, proxyIp)];
  // Type 0 only routes: it tracks no connections, and there is no rest that a last rule would have to deny.
  return rules.length === 0 ? [] : [...stateRules(knobs), ...rules, leftOver];
}

/** Packets that pass whatever the rules on packets that open a connection say. */
export interface Passage {
  readonly to: string;
  readonly port: number;
  /** The address that they come from; any if it is missing. */
  readonly from?: string;
}

/**
 * Returns the questions to the lab's DNS server that pass although ports or direct ways are closed: a network that
 * closes them answers its own hosts' questions and asks outside for them. Undefined if the lab has no DNS server, or
 * nobody may ask it.
 */
export function questionsPass({ dns, proxy }: Knobs, addresses: FirewallAddresses): Passage | undefined {
  const { resolver, proxy: web } = addresses;
  if (!resolver || (dns === 'proxy' && (proxy === 'none' || !web))) return undefined;
  return { to: resolver.ip, port: dnsPort, ...(dns === 'proxy' && web ? { from: web.ip } : {}) };
}

/** The port of the DNS (RFC 1035 4.2). */
export const dnsPort = 53;

/** Says whether the firewall keeps state of connections, or has a proxy that does, so that it can forget them. */
export function forgets(knobs: Knobs): boolean {
  return describeRules({ ...knobs, idle: 'none' }).length > 0;
}

const closedRules: Rule[] = (['forward', 'input'] as const).map((chain) => ({
  id: 'everything',
  chain,
  sees: 'every-packet',
  statement: 'every packet',
  decisive: 'all',
  conditions: [{ kind: 'any' }],
}));

const leftOver: Rule = {
  id: 'everything-else',
  chain: 'forward',
  sees: 'opens',
  statement: 'packets that do not go between the inside and the outside',
  decisive: 'all',
  conditions: [{ kind: 'any' }],
};

function stateRules(knobs: Knobs): Rule[] {
  // Untracked packets would slip past the rules that look at their connection. In the `input` chain only the replies
  // that the NAPT waits for matter.
  const chains =
    knobs.unsolicitedInbound === 'deny' ? (['forward', 'input'] as const) : (['forward'] as const);
  return chains.map((chain) => ({
    id: 'invalid-state',
    chain,
    sees: 'every-packet',
    statement: 'packets that fit no connection as it stands (connection tracking calls them invalid)',
    decisive: 'none',
    conditions: [{ kind: 'invalid-state' }],
  }));
}

/** Says whether packets of port 443 go to the inspector. */
export function inspects(knobs: Knobs): boolean {
  return describeRules({ ...knobs, proxy: 'none' }).some(({ id }) => id === 'not-followed');
}

/**
 * The words say "completes" because the dropped packet may hold only the last byte of a message
 * whose other bytes have passed.
 */
const readableWords: Readonly<Record<Readable, string>> = {
  sip: 'what completes SIP that can be read inside TLS records on port 443',
  stun: 'what completes STUN or TURN that can be read inside TLS records on port 443',
  rtp: 'what completes RTP that can be read inside TURN ChannelData inside TLS records on port 443',
  msrp: 'what completes MSRP that can be read inside TLS records on port 443',
};

function contentRules(knobs: Knobs): Rule[] {
  const common = { chain: 'forward', sees: 'every-packet', decisive: 'all' } as const;
  const rules: Rule[] = [];
  if (knobs.inspect80 === 'http') {
    rules.push({
      ...common,
      id: 'not-http-on-80',
      statement: 'connections to TCP port 80 that do not begin with HTTP',
      conditions: [{ kind: 'not-opening', port: 80, as: 'http' }],
    });
  }
  if (knobs.inspect443 === 'tls') {
    rules.push({
      ...common,
      id: 'not-tls-on-443',
      // A server's bytes that are dropped before the client's handshake pass when they are sent again after it.
      decisive: 'own',
      statement: 'connections to TCP port 443 that do not begin with a TLS handshake',
      conditions: [{ kind: 'not-opening', port: 443, as: 'tls' }],
    });
  }
  if (knobs.nullSuites === 'deny') {
    rules.push({
      ...common,
      id: 'null-suite',
      statement: 'a ServerHello on port 443 that chooses a suite without encryption',
      conditions: [{ kind: 'null-suite', port: 443 }],
    });
  }
  if (knobs.payload === 'readable') {
    for (const what of ['sip', 'stun', 'rtp', 'msrp'] as const) {
      rules.push({
        ...common,
        id: `readable-${what}`,
        statement: readableWords[what],
        conditions: [{ kind: 'readable', port: 443, what }],
      });
    }
    rules.push({
      ...common,
      id: 'not-followed',
      statement:
        'data on port 443 that the inspector cannot follow (the connection is older than it, or too much is out of order)',
      // The inspector may be able to follow the data when it is sent again.
      decisive: 'none',
      conditions: [{ kind: 'not-followed' }],
    });
  }
  return rules;
}

function openingRules(knobs: Knobs, proxyIp: string | undefined): Rule[] {
  const common = { chain: 'forward', sees: 'opens', decisive: 'own' } as const;
  const rules: Rule[] = [];
  if (knobs.unsolicitedInbound === 'deny') {
    for (const chain of ['forward', 'input'] as const) {
      rules.push({
        ...common,
        chain,
        id: 'unsolicited-inbound',
        statement: 'packets from the outside that nothing from the inside asked for',
        conditions: [{ kind: 'from-outside' }],
      });
    }
  }
  if (knobs.idle !== 'none') {
    // Linux would take up a forgotten connection again in the middle; a firewall that forgets connections does not.
    rules.push({
      ...common,
      id: 'no-connection',
      // A retransmission from the middle of a connection does not open one either.
      decisive: 'all',
      // The statement leaves out the seconds, since scenarios that are about idle connections set their own.
      statement: 'TCP segments of no connection, as one is when it has been idle for too long',
      conditions: [{ kind: 'not-syn' }],
    });
  }
  if (knobs.dns === 'proxy') {
    rules.push({
      ...common,
      id: 'dns-not-allowed',
      statement:
        knobs.proxy === 'none'
          ? 'questions to a DNS server (port 53)'
          : 'questions to a DNS server (port 53), except from the web proxy',
      conditions: [{ kind: 'dns-not-from', ip: proxyIp }],
    });
  }
  if (knobs.proxy !== 'none') {
    rules.push({
      ...common,
      id: 'direct-not-allowed',
      statement: 'whatever goes out directly and not through the web proxy',
      conditions: [{ kind: 'not-from', ip: proxyIp }],
    });
  }
  if (knobs.protocols !== 'any') {
    rules.push({
      ...common,
      id: 'protocol-not-allowed',
      statement: `every IP protocol except ${list(knobs.protocols.map((name) => name.toUpperCase()))}`,
      conditions: [{ kind: 'protocol-not-in', protocols: knobs.protocols }],
    });
  }
  return [...rules, ...merged([...portRules('udp', knobs.udp), ...portRules('tcp', knobs.tcp)])];
}

function portRules(transport: 'udp' | 'tcp', allowed: PortRule): Rule[] {
  const common = { chain: 'forward', sees: 'opens', decisive: 'own' } as const;
  const name = transport.toUpperCase();
  const notAllowed = transport === 'udp' ? 'udp-not-allowed' : 'tcp-port-not-allowed';
  if (allowed === 'any') return [];
  if (allowed === 'none') {
    const conditions = [{ kind: 'port-not-in', transport, ports: [] }] as const;
    return [{ ...common, id: notAllowed, statement: `any ${name}`, conditions }];
  }
  if ('only' in allowed) {
    const statement = `${name} to other ports than ${list(allowed.only)}`;
    return [
      {
        ...common,
        id: notAllowed,
        statement,
        conditions: [{ kind: 'port-not-in', transport, ports: allowed.only }],
      },
    ];
  }
  const sip = allowed.except.every((port) => port === 5060 || port === 5061);
  const ports = `${allowed.except.length === 1 ? 'port' : 'ports'} ${list(allowed.except)}`;
  return [
    {
      ...common,
      id: sip ? 'sip-ports' : `${transport}-port-denied`,
      statement: `${name} to ${sip ? 'the SIP ' : ''}${ports}`,
      conditions: [{ kind: 'port-in', transport, ports: allowed.except }],
    },
  ];
}

/** Merges rules of one id: UDP and TCP to the SIP ports are the same rule with two conditions. */
function merged(rules: readonly Rule[]): Rule[] {
  const byId = new Map<RuleId, Rule>();
  for (const rule of rules) {
    const before = byId.get(rule.id);
    byId.set(
      rule.id,
      before
        ? {
            ...before,
            statement: `${before.statement}; ${rule.statement}`,
            conditions: [...before.conditions, ...rule.conditions],
          }
        : rule,
    );
  }
  return [...byId.values()];
}

function list(values: readonly (string | number)[]): string {
  if (values.length < 2) return values.join('');
  return `${values.slice(0, -1).join(', ')} and ${values.at(-1)}`;
}
