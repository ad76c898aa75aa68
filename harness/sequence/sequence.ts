import type { Endpoint } from '../../nodes/ue/protocol';

/**
 * What an attempt sent and received, in order of time, as the captures have it: the content of a sequence diagram.
 * It is made of the captures alone (`read-sequences.ts`), so that it is a witness beside the UE's report.
 */
export interface Sequence {
  /** Id of the attempt. */
  readonly attempt: string;
  /** The lifelines from left to right: the UE first, then what its packets meet. */
  readonly parties: readonly Party[];
  readonly arrows: readonly Arrow[];
  /** Number of packets of the attempt that no arrow stands for, such as TCP acknowledgements without data. */
  readonly leftOut: number;
  /** Why it is not whole, one line; missing if it is. */
  readonly problem?: string;
}

export const partyKinds = ['ue', 'proxy', 'firewall', 'pcscf', 'turn', 'core', 'peer', 'other'] as const;
export type PartyKind = (typeof partyKinds)[number];

/** A lifeline. */
export interface Party {
  /** Id of the node, such as `fw-6`; of an address that no node has, the address. */
  readonly id: string;
  readonly kind: PartyKind;
}

/** The protocols that an arrow is drawn for, by the innermost one that could be read. */
export const arrowProtocols = [
  'sip',
  'tls',
  'connect',
  'stun',
  'turn',
  'ice',
  'msrp',
  'rtp',
  'dtls',
  'websocket',
  'dns',
  'tcp',
  'udp',
  'icmp',
  'other',
] as const;
export type ArrowProtocol = (typeof arrowProtocols)[number];

/** A message, or several of one kind that follow each other. */
export interface Arrow {
  /** When it was captured, milliseconds since the Unix epoch. */
  readonly at: number;
  /** Id of the party that sent it. */
  readonly from: string;
  /** Id of the party that it was sent to. If it was denied, it ended at {@link Denial.firewall}. */
  readonly to: string;
  readonly protocol: ArrowProtocol;
  /** A few words: `REGISTER`, `401 Unauthorized`, `ClientHello`, `CONNECT pcscf...:443`, `Allocate request`. */
  readonly label: string;
  /** What carried it, from the outside in: `['udp']`, `['tcp', 'tls']`, `['tcp', 'connect', 'tls']`. */
  readonly carriers: readonly string[];
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** Number of messages that it stands for; the first is shown, the last came at `lastAt`. */
  readonly count: number;
  readonly lastAt: number;
  /** The captured packet: the first one, if it took several. */
  readonly place: Place;
  /**
   * The message in the clear, such as a whole SIP message, for a reader; missing if there is nothing to read. It is
   * text from outside: show it as text.
   */
  readonly text?: string;
  /** Present if a firewall denied it. */
  readonly denied?: Denial;
}

/** A packet in a capture. */
export interface Place {
  /** The capture's path in the folder of the run, in a run over variants in that of the variant; as in evidence. */
  readonly capture: string;
  /** The packet's number in it, from 1. */
  readonly frame: number;
}

/** The end of a packet at a firewall. */
export interface Denial {
  /** Node id of the firewall. */
  readonly firewall: string;
  /** Id of the rule. */
  readonly rule: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** The packet in the capture of what the firewall denied. */
  readonly place: Place;
}
