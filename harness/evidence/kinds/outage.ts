import { z } from 'zod';
import type { AttemptReport } from '../../../nodes/ue/protocol';
import { explainsNothing, type EvidenceKind } from './kind';

/** A node that the attempt needed was out of order, so the attempt shows nothing about the firewall. */
const schema = z.object({
  kind: z.literal('outage'),
  node: z.string(),
  /** The time at which the lab learned of it. */
  at: z.number(),
  /** What happened to the node, with the last lines of its output. */
  text: z.string(),
});
export type OutageEvidence = z.infer<typeof schema>;

/** The facts about an outage that its evidence has. */
export type OutageFacts = Omit<OutageEvidence, 'kind'>;

export const outage: EvidenceKind<OutageEvidence> = {
  ...explainsNothing,
  kind: 'outage',
  schema,
  collect: ({ report, outage: told }) => outageEvidenceOf(report, told),
  words: ({ text }) => text,
  sentence: ({ node, text, at }, { when }) => `${node} was out of order, known ${when(at)}: ${text}`,
};

/** Returns the outage as evidence of an attempt, or no evidence if the attempt passed nevertheless. */
export function outageEvidenceOf({ end }: AttemptReport, told: OutageFacts | undefined): OutageEvidence[] {
  if (!told || end === 'passed') return [];
  const { node, at, text } = told;
  return [{ kind: 'outage', node, at, text }];
}
