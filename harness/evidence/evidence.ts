import { z } from 'zod';
import { certificate } from './kinds/certificate';
import { checksum } from './kinds/checksum';
import { connects } from './kinds/connects';
import { drop } from './kinds/drop';
import type { EvidenceKind } from './kinds/kind';
import { outage } from './kinds/outage';
import { proxyRefusal } from './kinds/proxy-refusal';
import { proxyResigned } from './kinds/proxy-resigned';
import { tls } from './kinds/tls';
import { translation } from './kinds/translation';
import { vanished } from './kinds/vanished';

/**
 * Evidence as it stands in `result.json`: the observations outside the UE that concern one attempt. It is
 * written for a reader, and the judge reads the same. Add a new kind as a module and a line here; the order is
 * that of an attempt's items.
 */
const evidenceKinds = [
  drop,
  vanished,
  translation,
  checksum,
  proxyRefusal,
  tls,
  certificate,
  proxyResigned,
  connects,
  outage,
] as const;

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

/** The kinds of the registry. */
export const kindsOfEvidence: Kinds = evidenceKinds;

/**
 * Returns the kind of an item.
 * @throws Error when the item is of none of these kinds. Without its kind nothing is known about it, and so not
 *   that it shows nothing
 */
export function kindOf(item: Item, kinds: Kinds = kindsOfEvidence): EvidenceKind<Item> {
  const found = kinds.find(({ kind }) => kind === item.kind);
  if (!found) throw new Error(`there is no kind of evidence ${item.kind}`);
  return found;
}
