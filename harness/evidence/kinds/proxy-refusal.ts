import { z } from 'zod';
import { sameEndpoint, showEndpoint } from '../../../kit/endpoint';
import type { ProxyLogEntry } from '../../../nodes/proxy/log-entry';
import type { Endpoint } from '../../../nodes/ue/protocol';
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
  collect: ({ attempt, proxy, slack, capture, seen }) =>
    proxy
      ? refusalEvidenceOf(proxy, attempt, { slack, capture: capture?.name, unrefused: seen?.unrefused })
      : [],
  explains: ({ status }, code) => code === (status === 407 ? 'PROXY_AUTHENTICATION' : 'PROXY_REFUSED'),
  refuses: ({ client }, { protocol, local }) => protocol === 'tcp' && sameEndpoint(client, local),
  words: ({ proxy, request, status }) =>
    `${proxy} refused ${request.method} ${request.target} with ${status}`,
  brief: ({ status }) => `proxy ${status}`,
  sentence: ({ proxy, request: { method, target }, client, status, at }, { when }) => {
    const why = status === 407 ? 'it wants credentials' : 'its policy forbids it';
    return `${method} ${target}, TCP from ${showEndpoint(client)}, refused by ${proxy} with ${status} (${why}) ${when(at)}`;
  },
  remark: () => undefined,
  cites: () => [],
  contradicts: () => [],
};

/**
 * Returns the proxy's refusals of this attempt's own requests. A 407 is a challenge (RFC 9110 15.5.8): a client that
 * asks again on the same connection and is not refused then has not been refused that way.
 * @param unrefused sockets of which a capture shows that the last CONNECT was answered otherwise; the log tells of a
 *   tunnel only when it ends
 */
export function refusalEvidenceOf(
  proxy: ProxyTrace,
  attempt: AttemptTrace,
  { slack = defaultSlack, capture, unrefused = [] }: RefusalOptions = {},
): ProxyRefusalEvidence[] {
  const own = ownEntries(proxy, attempt, slack);
  return own
    .filter((entry) => isRefusal(entry) && entry.at <= attempt.endedAt + slack.after)
    .filter(({ client }) => !unrefused.some((socket) => sameEndpoint(socket, client)))
    .filter((entry) => !own.some((later) => isAskedAgain(entry, later, proxy) && !isRefusal(later)))
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

interface RefusalOptions {
  readonly slack?: Slack | undefined;
  readonly capture?: string | undefined;
  readonly unrefused?: readonly Endpoint[] | undefined;
}

/** Says whether the later entry is a CONNECT on the same connection as the first, and not on one that took its port. */
const isAskedAgain = (first: ProxyLogEntry, later: ProxyLogEntry, { tunnels }: ProxyTrace): boolean =>
  later.method === 'CONNECT' &&
  later.at > first.at &&
  sameEndpoint(later.client, first.client) &&
  !tunnels.some(
    ({ flow }) => sameEndpoint(flow.local, first.client) && flow.at > first.at && flow.at <= later.at,
  );
