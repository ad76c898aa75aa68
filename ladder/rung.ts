/** 1 normal procedures, 2 the NAT-traversal alternative, 3 as 2 but TCP/TLS on 443 (TR 33.830 clause 8.3, the CR's enumeration). */
export const steps = [1, 2, 3] as const;
export type Step = (typeof steps)[number];

/** What a rung leads to. */
export const servers = ['pcscf', 'turn'] as const;
export type Server = (typeof servers)[number];

export const transports = ['udp', 'tcp', 'tls'] as const;
export type Transport = (typeof transports)[number];

/** `connect`: inside a tunnel that the web proxy opens (HTTP CONNECT, RFC 9110 9.3.6). */
export const throughs = ['direct', 'connect'] as const;
export type Through = (typeof throughs)[number];

/**
 * How the UE and the server prove to each other who they are. `digest`: SIP Digest at the P-CSCF (TS 33.203 Annex N), the
 * digest of the long-term credentials at the TURN server (RFC 8489 9.2).
 */
export const securities = ['digest'] as const;
export type Security = (typeof securities)[number];

/** One way of trying one step, as a value: whatever is asked about a rung is read from its fields, never from its name. */
export interface Rung {
  readonly step: Step;
  /** What it is called in ids and reports, such as `tls:5061` or `connect:443`: for a reader. */
  readonly via: string;
  readonly server: Server;
  /** Between the UE and the server: inside the tunnel where there is one. */
  readonly transport: Transport;
  /** The server's, as the standards have it. */
  readonly port: number;
  readonly through: Through;
  readonly security: Security;
}

/** A rung with the name that its fields give it. What is usual goes without saying: `direct` and `digest`. */
export function makeRung(
  fields: Pick<Rung, 'step' | 'server' | 'transport' | 'port'> & Partial<Pick<Rung, 'through' | 'security'>>,
): Rung {
  const { step, server, transport, port, through = 'direct', security = 'digest' } = fields;
  const via = `${through === 'direct' ? transport : through}:${port}`;
  return { step, via, server, transport, port, through, security };
}

/** The rung by which something was tried, such as an attempt, without what else is known of that. */
export function rungOf(tried: Rung): Rung {
  const { step, via, server, transport, port, through, security } = tried;
  return { step, via, server, transport, port, through, security };
}

export function isSameRung(one: Rung, other: Rung): boolean {
  const fields = Object.keys(rungOf(one)) as (keyof Rung)[];
  return fields.every((field) => one[field] === other[field]);
}

/** As it stands in ids: `3-connect:443`. Unique on a ladder. */
export const rungId = ({ step, via }: Rung): string => `${step}-${via}`;

/** What carries a transport to the network, by the security; with IPsec it would be ESP. */
const protocols: Readonly<Record<Security, (transport: Transport) => 'udp' | 'tcp'>> = {
  digest: (transport) => (transport === 'udp' ? 'udp' : 'tcp'),
};

/** What the network sees of a rung. */
export const protocolOf = ({ security, transport }: Pick<Rung, 'security' | 'transport'>): 'udp' | 'tcp' =>
  protocols[security](transport);

export const isByConnect = ({ through }: Pick<Rung, 'through'>): boolean => through === 'connect';

/** Whether what is said by it is in TLS. */
export const isInTls = ({ transport }: Pick<Rung, 'transport'>): boolean => transport === 'tls';

/** TLS on 443, direct or by CONNECT: the way that the CR claims to pass everywhere. */
export const isTls443 = ({ step, transport, port }: Pick<Rung, 'step' | 'transport' | 'port'>): boolean =>
  step === 3 && transport === 'tls' && port === 443;
