import type { Step } from '../../ladder';
import type { FiveTuple } from '../../nodes/ue/protocol';

/** One way that a UE took, as a capture shows it: a connection, or what went between two sockets of UDP. */
export interface Try {
  /** When its first packet was captured, milliseconds since the Unix epoch, and the number of that packet. */
  readonly at: number;
  readonly frame: number;
  readonly way: FiveTuple;
  /** The authority that CONNECT asked for. */
  readonly connect?: string;
  /** The SPIs of the security associations for ESP that it agreed on, 8 hexadecimal digits each. */
  readonly espSpis: readonly string[];
  /** The step of the ladder to which it belongs; undefined if it belongs to none, or that cannot be told. */
  readonly step: Step | undefined;
  /** The way in words: `TLS 443 by CONNECT`. */
  readonly rung: string;
  /** What happened, in order, a sentence each. */
  readonly events: readonly string[];
  /** True if the server granted what the UE asked for. */
  readonly isThrough: boolean;
  /** True if nothing came back where something should have, so that the reason cannot be in a capture of one place. */
  readonly isSilent: boolean;
  /** True if the UE sent something in TLS that cannot be read without secrets. */
  readonly isSealed: boolean;
  /** What of it is not known, a sentence each. */
  readonly unknown: readonly string[];
}
