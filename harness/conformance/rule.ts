import type { Observed, Sightings } from './observed';

/** How binding a rule is. `SHALL` is 3GPP's word for the MUST of RFC 2119. A broken `SHOULD` is told, and no more. */
export const levels = ['MUST', 'SHALL', 'SHOULD'] as const;
export type Level = (typeof levels)[number];

/** What rules can be about; see {@link Sightings}. */
export type SightingKind = keyof Sightings;

/** A sentence of a standard that can be seen to be kept or broken on the wire. */
export interface Rule<Kind extends SightingKind = SightingKind> {
  /** A name that never changes, such as `request-fields`. */
  readonly id: string;
  /** Where the sentence stands, such as `RFC 3261 8.1.1`. */
  readonly clause: string;
  /** Set if the clause's number was looked up in the standard's text, and is not from memory. */
  readonly isLookedUp?: true;
  readonly level: Level;
  /** The sentence, in one's own words. */
  readonly says: string;
  /** What the rule looks at: messages, exchanges, TLS handshakes, ... */
  readonly of: Kind;
  /** Says which of them the rule is about; by default all. */
  readonly about?: (one: Sightings[Kind], seen: Observed) => boolean;
  /**
   * Says how one that the rule is about breaks it; undefined if it holds.
   * @param seen everything else that was seen in the run
   */
  readonly breaks: (one: Sightings[Kind], seen: Observed) => string | undefined;
}

/** A rule of any kind, as tables have them. Only {@link rule} makes one, so that its functions fit its kind. */
export type AnyRule = { readonly [Kind in SightingKind]: Rule<Kind> }[SightingKind];

/** Makes a rule; the kind decides what its functions are given. */
export const rule = <Kind extends SightingKind>(declaration: Rule<Kind>): AnyRule =>
  declaration as unknown as AnyRule;

/** The rules about one topic. */
export interface Topic {
  readonly title: string;
  readonly rules: readonly AnyRule[];
}
