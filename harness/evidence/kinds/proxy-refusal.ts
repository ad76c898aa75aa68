import { z } from 'zod';
import { sameEndpoint } from '../../../kit/endpoint';
import { endpoint } from '../facts';
import { ownEntries } from '../match';
import { isRefusal } from '../proxy-log';
import { defaultSlack, type AttemptTrace, type ProxyTrace, type Slack } from '../trace';
import type { EvidenceKind } from './kind';

/** The proxy refused a request of this attempt: by its policy (403) or for lack of credentials (407). */
const schema = z.object({
  kind: z.literal('proxy-refusal'),
  /** Node id of the proxy. */
  proxy: z.string(),
  at: z.number(),
  /** The attempt's end of the connection to the proxy. */
  client: endpoint,
  status: z.union([z.literal(403), z.literal(407)]),
  request: z.object({ method: z.string(), target: z.string() }),
  /** The capture that shows the request and the answer. */
  capture: z.string().optional(),
});
export type ProxyRefusalEvidence = z.infer<typeof schema>;

export const proxyRefusal: EvidenceKind<ProxyRefusalEvidence> = {
  kind: 'proxy-refusal',
  schema,
  collect: ({ attempt, proxy, slack, capture }) =>
    proxy ? refusalEvidenceOf(proxy, attempt, { slack, capture: capture?.name }) : [],
  explains: ({ status }, code) => code === (status === 407 ? 'PROXY_AUTHENTICATION' : 'PROXY_REFUSED'),
  refuses: ({ client }, { protocol, local }) => protocol === 'tcp' && sameEndpoint(client, local),
  words: ({ proxy, request, status }) =>
    `${proxy} refused ${request.method} ${request.target} with ${status}`,
  remark: () => undefined,
};

/** Returns the proxy's refusals of this attempt's own requests. */
export function refusalEvidenceOf(
  proxy: ProxyTrace,
  attempt: AttemptTrace,
  { slack = defaultSlack, capture }: { readonly slack?: Slack; readonly capture?: string } = {},
): ProxyRefusalEvidence[] {
  return ownEntries(proxy, attempt, slack)
    .filter((entry) => isRefusal(entry) && entry.at <= attempt.endedAt + slack.after)
    .map((entry) => ({
      kind: 'proxy-refusal',
      proxy: proxy.id,
      at: entry.at,
      client: entry.client,
      status: entry.httpStatus === 407 ? 407 : 403,
      request: { method: entry.method ?? '', target: entry.target },
      ...(capture !== undefined && { capture }),
    }));
}
