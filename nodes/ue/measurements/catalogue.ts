import type { Measurement } from '../protocol';

/**
 * What is measured: the only place that says what the name of a measurement means and in which unit it is. Programs
 * measure by these names (`measured`), so that one without an entry does not compile; `docs/measurements.md` and the
 * definitions in reports are made of it.
 */

/** Who tells the value, in words. */
export const sources = {
  packets: 'packets',
  /** The capture, if it has the packets; in TLS or TCP, or where the capture has lost one, the UE. */
  packetsElseUe: 'packets, where they cannot be read the UE',
  ue: 'UE',
  peer: 'peer',
  ueAndPeer: 'UE and peer',
} as const;

/** The definition of a measurement. */
interface Definition {
  /** In the notation of UCUM; empty for a count, a ratio or a word. */
  readonly unit: '' | 'ms' | '%' | 'By' | 'Mbit/s';
  readonly definition: string;
  readonly by: keyof typeof sources;
  /** The version of the catalogue since which it is defined so. */
  readonly since: number;
}

/**
 * The version of the catalogue, which results and tables for papers carry. It grows when an entry is added, changed or
 * removed; numbers of two versions may be compared where `since` is not newer than the older one.
 */
export const measurementCatalogueVersion = 1;

/**
 * The entries. In a name, `{call}` stands for one of the calls of an attempt: `outgoing` and `incoming` of `call`, `left`
 * and `arrived` of `access-change`; `{codec}` for `pcma`, `pcmu` or `amr-wb`.
 */
const definitions = {
  duration: {
    unit: 'ms',
    definition: 'from the beginning of the attempt until its end was decided: `durationMs` of the result',
    by: 'ue',
    since: 1,
  },
  'tls-connections': {
    unit: '',
    definition: 'TLS connections that the attempt opened',
    by: 'packets',
    since: 1,
  },
  'tls-setup-full': {
    unit: 'ms',
    definition: "from the ClientHello until the server's last handshake message, in a handshake of its own",
    by: 'packetsElseUe',
    since: 1,
  },
  'tls-setup-resumed': {
    unit: 'ms',
    definition: 'the same where the UE says that a session was resumed',
    by: 'packetsElseUe',
    since: 1,
  },
  'message-answered-after': {
    unit: 'ms',
    definition: 'from the MESSAGE until its final response',
    by: 'packetsElseUe',
    since: 1,
  },
  'message-back-after': {
    unit: 'ms',
    definition: 'from the MESSAGE until the one that the peer sends back, which may come before the response',
    by: 'packetsElseUe',
    since: 1,
  },
  '{call}-time-to-media': {
    unit: 'ms',
    definition: 'from the INVITE, sent or come, until the first RTP that the UE heard',
    by: 'packetsElseUe',
    since: 1,
  },
  '{call}-time-to-media-at-peer': {
    unit: 'ms',
    definition: 'from the same INVITE until the peer heard its first RTP',
    by: 'ueAndPeer',
    since: 1,
  },
  '{call}-gathering': {
    unit: 'ms',
    definition: "how long the offer or answer waited for ICE's candidates",
    by: 'ue',
    since: 1,
  },
  '{call}-loss-in': {
    unit: '%',
    definition:
      'RTP that did not arrive, of what was sent from the first to the highest sequence number (RFC 3550 A.3)',
    by: 'packetsElseUe',
    since: 1,
  },
  '{call}-loss-out': {
    unit: '%',
    definition: "the same of the other direction, as the peer's RTCP reports tell it",
    by: 'peer',
    since: 1,
  },
  '{call}-jitter-in-mean': {
    unit: 'ms',
    definition: 'mean of the filter of RFC 3550 A.8, as it stands after each RTP packet',
    by: 'packetsElseUe',
    since: 1,
  },
  '{call}-jitter-in-max': {
    unit: 'ms',
    definition: 'highest value of the same filter',
    by: 'packetsElseUe',
    since: 1,
  },
  '{call}-jitter-out-mean': {
    unit: 'ms',
    definition: "mean of the jitter in the peer's RTCP reports",
    by: 'peer',
    since: 1,
  },
  '{call}-jitter-out-max': {
    unit: 'ms',
    definition: "highest jitter in the peer's RTCP reports",
    by: 'peer',
    since: 1,
  },
  '{call}-round-trip': {
    unit: 'ms',
    definition: "mean of what RTCP's LSR and DLSR give (RFC 3550 6.4.1)",
    by: 'ue',
    since: 1,
  },
  '{call}-longest-gap': {
    unit: 'ms',
    definition: 'longest time between two RTP packets that came',
    by: 'ue',
    since: 1,
  },
  '{call}-pacing-p95': {
    unit: 'ms',
    definition: 'how far from its 20 ms the UE sent, 95th percentile',
    by: 'ue',
    since: 1,
  },
  '{call}-mos': {
    unit: '',
    definition:
      'E-model of ITU-T G.107 from loss, half the round trip, 20 ms of packet and twice the mean jitter; only for G.711, for which alone its values here are',
    by: 'ue',
    since: 1,
  },
  '{call}-path': {
    unit: '',
    definition: "the candidate pair of the media, the UE's own end first: `relay by tls:443 / host udp`",
    by: 'ue',
    since: 1,
  },
  '{call}-srtp': { unit: '', definition: 'whether RTP is encrypted: `yes` or `no`', by: 'ue', since: 1 },
  '{call}-codec': {
    unit: '',
    definition:
      "the codec: of `call`, the UE's call is in PCMA and the peer's has the size of AMR-WB at 12.65 kbit/s",
    by: 'ue',
    since: 1,
  },
  'bytes-per-packet-{codec}': {
    unit: 'By',
    definition:
      "IPv4 bytes both ways on the media's socket, from the first RTP heard to the last, for each packet of 20 ms, RTCP and checks of consent included",
    by: 'packets',
    since: 1,
  },
  'overhead-{codec}': {
    unit: '%',
    definition:
      'how much more that is than RTP over UDP, which is 200 bytes with `pcma` and `pcmu` and 73 with `amr-wb`',
    by: 'packets',
    since: 1,
  },
  content: { unit: 'By', definition: 'what MSRP carried each way', by: 'ue', since: 1 },
  'throughput-out': {
    unit: 'Mbit/s',
    definition: 'the content, by the time until the last of it was acknowledged',
    by: 'ue',
    since: 1,
  },
  'both-ways-after': {
    unit: 'ms',
    definition: "from the same beginning until the peer's content had come too",
    by: 'ue',
    since: 1,
  },
  'media-interruption-at-ue': {
    unit: 'ms',
    definition:
      'from the last RTP that the UE heard on the leg that was left until the first on the one that it was transferred to; 0 if that came before',
    by: 'ue',
    since: 1,
  },
  'media-interruption-at-peer': {
    unit: 'ms',
    definition: 'the same at the peer',
    by: 'peer',
    since: 1,
  },
  'old-leg-released': {
    unit: '',
    definition: 'who ended the leg that was left: `by the SCC AS`, or the end that did it',
    by: 'ue',
    since: 1,
  },
  'call-without-keep-alives': {
    unit: '',
    definition: 'whether a call still reached the UE after idle time-outs in silence: `arrived` or `lost`',
    by: 'ue',
    since: 1,
  },
  'loss-noticed': {
    unit: '',
    definition: 'whether the UE then found by itself that its flow was gone: `yes` or `no`',
    by: 'ue',
    since: 1,
  },
  'loss-noticed-after': {
    unit: 'ms',
    definition: 'how long it took to find that, from its first look',
    by: 'ue',
    since: 1,
  },
  'registered-again-after': {
    unit: 'ms',
    definition: 'from the same look until it was registered over a new flow',
    by: 'ue',
    since: 1,
  },
  'call-with-keep-alives': {
    unit: '',
    definition: 'whether a call reached the UE after ten idle time-outs with keep-alives: `arrived`',
    by: 'ue',
    since: 1,
  },
  'relay-with-keep-alives': {
    unit: '',
    definition: 'whether a relayed address still worked then: `works`',
    by: 'ue',
    since: 1,
  },
} as const satisfies Record<string, Definition>;

/** Replaces each `{...}` of a name by any text. */
type Filled<N extends string> = N extends `${infer Before}{${string}}${infer After}`
  ? `${Before}${string}${Filled<After>}`
  : N;

/** A name that the catalogue has. */
export type MeasurementName = Filled<keyof typeof definitions>;

/** An entry of the catalogue, in words. */
export interface MeasurementKind {
  /** With `{call}` and `{codec}`, as the catalogue has it. */
  readonly name: string;
  readonly unit: string;
  readonly definition: string;
  readonly howMeasured: string;
  readonly since: number;
}

/** All entries. */
export const measurementKinds: readonly MeasurementKind[] = Object.entries<Definition>(definitions).map(
  ([name, { unit, definition, by, since }]) => ({ name, unit, definition, howMeasured: sources[by], since }),
);

/** Finds the entry of a measurement by its name, such as `outgoing-loss-in`; a user's own measurement has none. */
export const measurementKind = (name: string): MeasurementKind | undefined =>
  measurementKinds.find((kind) => kind.name === name) ?? patterns.find(({ is }) => is.test(name))?.kind;

const patterns = measurementKinds
  .filter(({ name }) => name.includes('{'))
  .map((kind) => ({ kind, is: new RegExp(`^${kind.name.replace(/\{\w+\}/, '[\\w-]+')}$`) }));

/** Makes a measurement in the unit of its entry. */
export function measured(name: MeasurementName, value: Measurement['value']): Measurement {
  return { name, value, unit: measurementKind(name)!.unit };
}
