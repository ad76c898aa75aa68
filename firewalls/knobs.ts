import { z } from 'zod';

/**
 * The knob vector: everything that one firewall does, as data. The nftables rules, the proxy's policy and the docs
 * are derived from it, so they cannot drift apart.
 */

/** IP protocols that a vector can name, with their numbers (IANA protocol numbers registry). */
export const protocolNumbers = {
  icmp: 1,
  igmp: 2,
  ipip: 4,
  tcp: 6,
  udp: 17,
  dccp: 33,
  gre: 47,
  esp: 50,
  ah: 51,
  sctp: 132,
} as const;
export type IpProtocol = keyof typeof protocolNumbers;
const protocolNames = Object.keys(protocolNumbers) as [IpProtocol, ...IpProtocol[]];

const port = z.int().min(1).max(65535);

function withoutRepetition<T>(values: readonly T[]): boolean {
  return new Set(values).size === values.length;
}

const portList = z.array(port).min(1).max(100).refine(withoutRepetition, 'names a port twice');

/** The four forms of {@link portRule} as error messages and docs write them. */
export const portRuleForms = 'any, none, { only: [ports] } or { except: [ports] }';

const portRule = z.union(
  [
    z.literal(['any', 'none']),
    z.strictObject({ only: portList.readonly() }),
    z.strictObject({ except: portList.readonly() }),
  ],
  { error: `must be ${portRuleForms}` },
);
/** The destination ports of a transport protocol that may be reached. */
export type PortRule = z.infer<typeof portRule>;

/** A day in seconds. If `idle` is `none`, a firewall forgets a silent connection after it, and its proxy a tunnel. */
export const longestIdleSeconds = 86_400;

/** The schema of a knob vector. A knob that is left out has its value of type 0, which restricts nothing. */
export const knobsSchema = z
  .strictObject({
    napt: z
      .boolean()
      .default(false)
      .describe(
        'rewrite source address **and** port of what leaves (NAPT); what is sent to the old address finds no way',
      ),
    unsolicitedInbound: z
      .enum(['allow', 'deny'])
      .default('allow')
      .describe('packets from the outside that answer nothing sent from the inside'),
    protocols: z
      .union(
        [
          z.literal('any'),
          z.array(z.enum(protocolNames)).refine(withoutRepetition, 'names a protocol twice').readonly(),
        ],
        { error: `must be any or a list of IP protocols (${protocolNames.join(', ')})` },
      )
      .default('any')
      .describe('IP protocols that pass; an empty list lets nothing pass, not even through a proxy'),
    udp: portRule.default('any').describe('destination ports that may be reached by UDP'),
    tcp: portRule.default('any').describe('destination ports that may be reached by TCP'),
    inspect80: z
      .enum(['none', 'http'])
      .default('none')
      .describe('what a TCP connection to port 80 must begin with: a request method, answered by `HTTP/`'),
    inspect443: z
      .enum(['none', 'tls'])
      .default('none')
      .describe('what a TCP connection to port 443 must begin with: a TLS handshake record from the client'),
    payload: z
      .enum(['none', 'readable'])
      .default('none')
      .describe('`readable`: drop TLS records on port 443 in which SIP, STUN/TURN, RTP or MSRP can be read'),
    nullSuites: z
      .enum(['allow', 'deny'])
      .default('allow')
      .describe(
        '`deny`: drop a ServerHello on port 443 that chooses a suite without encryption; not seen where a server writes its hello in pieces, or another message in front of it',
      ),
    proxy: z
      .enum(['none', 'mandatory', 'intercepting'])
      .default('none')
      .describe(
        '`mandatory`: only the explicit web proxy may go out; `intercepting`: and it re-signs TLS with its own CA',
      ),
    connectPorts: portList
      .readonly()
      .default([443])
      .describe('ports that the proxy opens by HTTP CONNECT (without a proxy it has no effect)'),
    proxyAuthentication: z
      .enum(['none', 'basic'])
      .default('none')
      .describe(
        '`basic`: the proxy answers 407 to who shows no credentials (RFC 7617); the UE has the right ones (without a proxy it has no effect)',
      ),
    dns: z
      .enum(['anyone', 'proxy'])
      .default('anyone')
      .describe(
        'whose questions for names (port 53) leave: `anyone`, of a lab that has a DNS server (`--dns`) even where ports are closed; `proxy`: only those of the web proxy, so nobody’s where there is none',
      ),
    idle: z
      .union([z.literal('none'), z.int().min(1).max(longestIdleSeconds)], {
        error: 'must be none or a whole number of seconds up to 86400',
      })
      .default('none')
      .describe(
        'after so many seconds without a packet a TCP connection that stands, or a UDP binding, is forgotten, and the proxy closes a tunnel; `none`: after a day (86400); ESP that is not in UDP is forgotten after the kernel’s own time, 600 s',
      ),
    verdict: z
      .enum(['drop', 'reject'])
      .default('drop')
      .describe('silence, or an answer: TCP reset, for the rest ICMP "administratively prohibited"'),
  })
  .readonly()
  .refine((knobs) => !knobs.napt || knobs.unsolicitedInbound === 'deny', {
    path: ['unsolicitedInbound'],
    message:
      'must be deny where napt is true: an NAPT has no mapping by which it could deliver such a packet',
  });

/** A knob vector with every knob set. */
export type Knobs = z.infer<typeof knobsSchema>;

/** Each knob's one-line meaning (Markdown), for docs and help texts. */
export const knobMeanings: Readonly<Record<keyof Knobs, string>> = Object.fromEntries(
  Object.entries(knobsSchema.unwrap().shape).map(([name, schema]) => [name, schema.description ?? '']),
) as Record<keyof Knobs, string>;

/** The knobs that choose one of a few words, or yes or no. */
export type ListedKnob = {
  [K in keyof Knobs]: Knobs[K] extends string | boolean ? K : never;
}[keyof Knobs];

/** All values of each knob that has only a few. */
export const listedKnobs = Object.fromEntries(
  Object.entries(knobsSchema.unwrap().shape).flatMap(([name, knob]): [string, readonly unknown[]][] => {
    const schema = knob.unwrap();
    if (schema instanceof z.ZodBoolean) return [[name, [true, false]]];
    return schema instanceof z.ZodEnum ? [[name, schema.options]] : [];
  }),
) as { readonly [K in ListedKnob]: readonly Knobs[K][] };

const ports = '`any`, `none`, `{ only: [ports] }`, `{ except: [ports] }`';
const valuesOfOthers: Readonly<Record<Exclude<keyof Knobs, ListedKnob>, string>> = {
  protocols: '`any` or a list, e.g. `[tcp, udp, icmp]`',
  udp: ports,
  tcp: ports,
  connectPorts: 'a list of ports',
  idle: '`none`, or seconds',
};

/** Returns the values that a knob can have (Markdown), for docs. */
export const knobValues = (knob: keyof Knobs): string =>
  knob in listedKnobs
    ? listedKnobs[knob as ListedKnob].map((value) => `\`${value}\``).join(', ')
    : valuesOfOthers[knob as keyof typeof valuesOfOthers];
