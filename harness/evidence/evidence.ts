import { z } from 'zod';
import { certificate } from './kinds/certificate';
import { connects } from './kinds/connects';
import { drop } from './kinds/drop';
import type { EvidenceKind } from './kinds/kind';
import { outage } from './kinds/outage';
import { proxyRefusal } from './kinds/proxy-refusal';
import { proxyResigned } from './kinds/proxy-resigned';
import { tls } from './kinds/tls';

/**
 * Evidence as it stands in `result.json`: what was observed outside the UE that bears on one attempt. It is written for a
 * reader; the judge reads the same. A new kind is its module, and a line here: the order is that of the items of an attempt.
 */
const evidenceKinds = [drop, proxyRefusal, tls, certificate, proxyResigned, connects, outage] as const;

/** One item of evidence. */
export type Evidence = z.infer<(typeof evidenceKinds)[number]['schema']>;

/** An item of one kind. */
export type EvidenceOf<K extends Evidence['kind']> = Extract<Evidence, { kind: K }>;

export const evidence = z.discriminatedUnion(
  'kind',
  evidenceKinds.map(({ schema }) => schema) as unknown as [z.core.$ZodTypeDiscriminable],
) as unknown as z.ZodType<Evidence>;

/** An item of any kind, also of one that is not in the registry. */
export interface Item {
  readonly kind: string;
}

/** Kinds of evidence, in the order of the items of an attempt. */
export type Kinds = readonly EvidenceKind<Item>[];

/** Those of the registry. */
export const kindsOfEvidence: Kinds = evidenceKinds;

/**
 * What an item is one of.
 * @throws Error where it is of none of these kinds: nothing can be said of it then, least of all that it shows nothing
 */
export function kindOf(item: Item, kinds: Kinds = kindsOfEvidence): EvidenceKind<Item> {
  const found = kinds.find(({ kind }) => kind === item.kind);
  if (!found) throw new Error(`there is no kind of evidence ${item.kind}`);
  return found;
}
