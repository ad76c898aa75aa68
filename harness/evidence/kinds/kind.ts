import type { z } from 'zod';
import type { FailureCode, FiveTuple } from '../../../nodes/ue/protocol';
import type { Observations } from '../observations';

/**
 * One kind of evidence, whole: what an item of it looks like in `result.json`, when there is one, and what it shows. The judge
 * asks items by these functions and knows no kind by its name, but for an outage, which is no evidence about the firewall.
 *
 * @typeParam T an item of it
 */
export interface EvidenceKind<T extends { readonly kind: string } = { readonly kind: string }> {
  readonly kind: T['kind'];
  readonly schema: z.ZodType<T>;
  /** The items of an attempt, from all that was observed around it. Pure. */
  collect(observations: Observations): T[];
  /** Whether a UE that met this fails with this code. */
  explains(item: T, code: FailureCode): boolean;
  /** Whether it ends, by itself, this way of the attempt: of a UDP socket that sends to several, each is one. */
  refuses(item: T, way: FiveTuple): boolean;
  /** In words, as the reason of a verdict says it. */
  words(item: T): string;
  /** What the reason of every verdict has to say besides, where there is anything. */
  remark(item: T): string | undefined;
}

/** For what explains no failure. */
export const explainsNothing = {
  explains: () => false,
  refuses: () => false,
  remark: () => undefined,
} as const;
