import { z } from 'zod';
import { endpoint } from '../../harness/evidence/facts';
import type { EvidenceKind } from '../../harness/evidence/kinds/kind';
import { ownEntries } from '../../harness/evidence/match';
import { sameEndpoint, showEndpoint } from '../../kit/endpoint';

const schema = z.object({
  kind: z.literal('portal'),
  /** Node id of the proxy. */
  proxy: z.string(),
  at: z.number(),
  /** The attempt's end of the connection to the proxy. */
  client: endpoint,
  target: z.string(),
});
export type PortalEvidence = z.infer<typeof schema>;

/** The proxy answered a CONNECT with 511 (RFC 6585 clause 6): it wants people to sign in before anything passes. */
export const portal: EvidenceKind<PortalEvidence> = {
  kind: 'portal',
  schema,
  collect: ({ attempt, proxy }) =>
    proxy === undefined
      ? []
      : ownEntries(proxy, attempt)
          .filter(({ httpStatus }) => httpStatus === 511)
          .map(({ at, client, target }) => ({ kind: 'portal', proxy: proxy.id, at, client, target })),
  // The UE reports a 511 with this code, since it is not an answer that it expects to CONNECT.
  explains: (_, code) => code === 'PROXY_PROTOCOL',
  refuses: ({ client }, { protocol, local }) => protocol === 'tcp' && sameEndpoint(client, local),
  words: ({ proxy, target }) => `${proxy} wants somebody to sign in before it connects to ${target}`,
  brief: () => 'portal',
  sentence: ({ proxy, target, client, at }, { when }) =>
    `CONNECT ${target}, TCP from ${showEndpoint(client)}, answered by ${proxy} with 511 (somebody has to sign in) ${when(at)}`,
  remark: () => undefined,
  cites: () => [],
  contradicts: () => [],
};
