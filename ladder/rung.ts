/**
 * The steps of the CR's enumeration (TR 33.830 clause 8.3): 1 is the normal procedures, 2 the NAT-traversal
 * alternative, and 3 is like 2 but with TCP or TLS on port 443.
 */
export const steps = [1, 2, 3] as const;
export type Step = (typeof steps)[number];

/** The servers that a rung can lead to. */
export const servers = ['pcscf', 'turn'] as const;
export type Server = (typeof servers)[number];

/** `wss` is SIP over WebSocket in TLS (RFC 7118), as a web browser has it. */
export const transports = ['udp', 'tcp', 'tls', 'wss'] as const;
export type Transport = (typeof transports)[number];

/** With `connect` the UE goes inside a tunnel that the web proxy opens (HTTP CONNECT, RFC 9110 9.3.6). */
export const throughs = ['direct', 'connect'] as const;
export type Through = (typeof throughs)[number];

/**
 * How the UE and the server prove to each other who they are. `digest`: SIP Digest at the P-CSCF (TS 33.203
 * Annex N), the digest of the long-term credentials at the TURN server (RFC 8489 9.2). `aka`: IMS AKA, with which UE and
 * P-CSCF make IPsec security associations for all that follows the first REGISTER (TS 33.203 6 and 7).
 */
export const securities = ['digest', 'aka'] as const;
export type Security = (typeof securities)[number];

/** What a security is called where a reader may not know its short name. */
export const securityTitles: Readonly<Record<Security, string>> = {
  digest: 'SIP Digest',
  aka: 'IMS AKA with IPsec at steps 1 and 2',
};

/** One way of trying one step, as a value. Code asks the fields of a rung about it and never takes its name apart. */
export interface Rung {
  readonly step: Step;
  /** The name that a reader sees in ids and reports, such as `tls:5061` or `connect:443`. */
  readonly via: string;
  readonly server: Server;
  /** The transport between the UE and the server; it is the one inside the tunnel if there is a tunnel. */
  readonly transport: Transport;
  /** The server's port in the standards. */
  readonly port: number;
  readonly through: Through;
  readonly security: Security;
}

/**
 * Makes a rung and names it after its fields. The usual values do not appear in the name: `direct`, `digest`, and TLS in a
 * tunnel. With IPsec the name is that of what the network sees, ESP or ESP in UDP.
 */
export function makeRung(
  fields: Pick<Rung, 'step' | 'server' | 'transport' | 'port'> & Partial<Pick<Rung, 'through' | 'security'>>,
): Rung {
  const { step, server, transport, port, through = 'direct', security = 'digest' } = fields;
  const inTunnel = transport === 'wss' ? `${through}-${transport}` : through;
  const seen = security === 'aka' ? ipsecNames[ipsecMode({ port })] : transport;
  const via = `${through === 'direct' ? seen : inTunnel}:${port}`;
  return { step, via, server, transport, port, through, security };
}

/** Returns only the rung's own fields of a value that carries more, such as an attempt. */
export function rungOf(tried: Rung): Rung {
  const { step, via, server, transport, port, through, security } = tried;
  return { step, via, server, transport, port, through, security };
}

export function isSameRung(one: Rung, other: Rung): boolean {
  const fields = Object.keys(rungOf(one)) as (keyof Rung)[];
  return fields.every((field) => one[field] === other[field]);
}

/** Returns how a rung is written in ids, such as `3-connect:443`. It is unique on a ladder. */
export const rungId = ({ step, via }: Rung): string => `${step}-${via}`;

/** The modes of IPsec between UE and P-CSCF, as the security agreement names them (RFC 3329, TS 33.203 Annex H). */
export const ipsecModes = ['trans', 'UDP-enc-tun'] as const;
export type IpsecMode = (typeof ipsecModes)[number];

/** The port of ESP in UDP (RFC 3948 2.1, TS 33.203 Annex M). */
export const espInUdpPort = 4500;

/** Returns the mode of IPsec on a rung with the security `aka`: transport mode, or, on the port of ESP in UDP, a tunnel in UDP. */
export const ipsecMode = ({ port }: Pick<Rung, 'port'>): IpsecMode =>
  port === espInUdpPort ? 'UDP-enc-tun' : 'trans';

const ipsecNames: Readonly<Record<IpsecMode, string>> = { trans: 'esp', 'UDP-enc-tun': 'esp-udp' };

/** The protocols on IP by which a rung can go. */
export type RungProtocol = 'udp' | 'tcp' | 'esp';

type Seen = Pick<Rung, 'security' | 'transport' | 'port'>;

/** The IP protocol that carries a rung, by its security. */
const protocols: Readonly<Record<Security, (rung: Seen) => RungProtocol>> = {
  digest: ({ transport }) => (transport === 'udp' ? 'udp' : 'tcp'),
  aka: (rung) => (ipsecMode(rung) === 'trans' ? 'esp' : 'udp'),
};

/** Returns the protocol that the network sees when a UE takes this rung. */
export const protocolOf = (rung: Seen): RungProtocol => protocols[rung.security](rung);

/** What a UE sends on IP to take a rung, as a firewall sees it: the protocol, and the port that it goes to; ESP has none. */
export interface Sent {
  readonly protocol: RungProtocol;
  readonly port?: number;
}

/** Returns all that a UE sends when it takes this rung. With AKA the first REGISTER goes in plain, on SIP's own port. */
export function sentOn(rung: Seen): readonly Sent[] {
  const { security, port } = rung;
  const protocol = protocolOf(rung);
  const own: Sent = protocol === 'esp' ? { protocol } : { protocol, port };
  return security === 'aka' ? [{ protocol: 'udp', port: sipPort }, own] : [own];
}

/** The port of SIP (RFC 3261 19.1.2). */
const sipPort = 5060;

export const isByConnect = ({ through }: Pick<Rung, 'through'>): boolean => through === 'connect';

/** Says whether the UE and the server talk in TLS on this rung. */
export const isInTls = ({ transport }: Pick<Rung, 'transport'>): boolean =>
  transport === 'tls' || transport === 'wss';

/** Says whether a rung is TLS on port 443, direct or by CONNECT, which the CR claims to pass everywhere. */
export const isTls443 = ({ step, transport, port }: Pick<Rung, 'step' | 'transport' | 'port'>): boolean =>
  step === 3 && isInTls({ transport }) && port === 443;
