import type { z } from 'zod';
import type { FailureCode, FiveTuple } from '../../../nodes/ue/protocol';
import type { Citation } from '../citation';
import type { Observations } from '../observations';
import type { AttemptTrace } from '../trace';
import type { Rung } from '../../../ladder';
import type { Knobs } from '../../../firewalls/knobs';

/**
 * One kind of evidence: the form of its items in `result.json`, the observations that give one, and what it
 * shows. The judge calls these functions and knows no kind by name, except an outage, which is no evidence
 * about the firewall.
 *
 * @typeParam T an item of this kind
 */
export interface EvidenceKind<T extends { readonly kind: string } = { readonly kind: string }> {
  readonly kind: T['kind'];
  readonly schema: z.ZodType<T>;
  /** Returns the items of an attempt from all observations around it. Pure. */
  collect(observations: Observations): T[];
  /** Says whether a UE that met this fails with this code. */
  explains(item: T, code: FailureCode): boolean;
  /**
   * Says whether this item alone shows that a way of the attempt was refused. Each endpoint that a UDP socket
   * sends to is a way of its own.
   */
  refuses(item: T, way: FiveTuple): boolean;
  /** Describes the item as the reason of a verdict. */
  words(item: T): string;
  /** Names what refused in a word or two, for tables; undefined for a kind that explains no failure. */
  brief(item: T): string | undefined;
  /**
   * Explains the item to a person, with addresses and times: a sentence or a part of one, without a full stop, that begins
   * in lower case. It may hold text from outside.
   */
  sentence(item: T, setting: Setting): string;
  /** Returns a remark that belongs in the reason of every verdict, if there is one. */
  remark(item: T): string | undefined;
  /**
   * Returns the frames of captures that the item names, so that anybody can look them up.
   * @param trace of the attempt, whose packets the frames have to be
   */
  cites(item: T, trace: AttemptTrace): readonly Citation[];
  /**
   * Returns what of a stored item cannot be, by what is stored beside it. Each is a sentence without its subject, the item,
   * and without a full stop: `is of the SPI 0x0000a001, which is none of the attempt's`.
   */
  contradicts(item: T, owner: Owner): readonly string[];
}

/** What is stored beside an item of evidence. */
export interface Owner {
  readonly rung: Rung;
  readonly trace: AttemptTrace;
  /** The knobs of the attempt's firewall; undefined if they are not known, or of a firewall of somebody else's. */
  readonly knobs: Pick<Knobs, 'napt' | 'proxy'> | undefined;
  /** True if the captures of the attempt's access network were read, so that evidence has its frames. */
  readonly areCapturesRead: boolean;
}

/** What a sentence about an item may say of its attempt, beside the item. */
export interface Setting {
  /**
   * Says when something happened: `3 ms after it was sent`, or if that is not known, after what.
   * @param at milliseconds since the Unix epoch
   * @param place the packet, if it was one
   */
  readonly when: (at: number, place?: CapturedAt) => string;
  /** What the attempt's firewall does with what it denies: `dropped`, `rejected`, or `denied` if that is not known. */
  readonly denied: string;
}

/** A packet in a capture, as far as it is known. */
export interface CapturedAt {
  readonly capture?: string | undefined;
  readonly frame?: number | undefined;
}

/** The functions of a kind that explains no failure, and cites no frame. */
export const explainsNothing = {
  explains: () => false,
  refuses: () => false,
  brief: () => undefined,
  remark: () => undefined,
  cites: () => [],
  contradicts: () => [],
} as const;
