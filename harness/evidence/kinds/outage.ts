import { z } from 'zod';
import type { AttemptReport } from '../../../nodes/ue/protocol';
import { explainsNothing, type EvidenceKind } from './kind';

/** A node that the attempt needed was out of order: what the attempt came to shows nothing of the firewall. */
const schema = z.object({
  kind: z.literal('outage'),
  node: z.string(),
  /** When that was known. */
  at: z.number(),
  /** What happened to it, with its last words. */
  text: z.string(),
});
export type OutageEvidence = z.infer<typeof schema>;

/** What happened to a node, as evidence has it. */
export type OutageFacts = Omit<OutageEvidence, 'kind'>;

export const outage: EvidenceKind<OutageEvidence> = {
  ...explainsNothing,
  kind: 'outage',
  schema,
  collect: ({ report, outage: told }) => outageEvidenceOf(report, told),
  words: ({ text }) => text,
};

/** The outage as evidence of an attempt, which it has none of where it passed nevertheless. */
export function outageEvidenceOf({ end }: AttemptReport, told: OutageFacts | undefined): OutageEvidence[] {
  if (!told || end === 'passed') return [];
  const { node, at, text } = told;
  return [{ kind: 'outage', node, at, text }];
}
