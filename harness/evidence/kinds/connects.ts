import { z } from 'zod';
import { plural } from '../../../kit/words';
import type { CapturedConnects } from '../capture-facts';
import { ownEntries } from '../match';
import { serverOf, type AttemptTrace, type ProxyTrace } from '../trace';
import { explainsNothing, type EvidenceKind } from './kind';

/** The number of connections that the attempt took (I8, I9). */
const schema = z.object({
  kind: z.literal('connects'),
  /** CONNECT requests of this attempt in the proxy's log. */
  proxyLog: z.int().min(0),
  /** CONNECT requests in the capture of the UE's side; missing without a complete capture. */
  captured: z.int().min(0).optional(),
  /**
   * TCP connections that this attempt opened to the proxy, counted in the capture, or by the UE's report
   * without one.
   */
  tcpConnections: z.int().min(0),
  /** Connections that the proxy opened for them. */
  upstreamConnections: z.int().min(0),
  /** CONNECTs that the proxy answered with 2xx. */
  established: z.int().min(0),
});
export type ConnectsEvidence = z.infer<typeof schema>;

export const connects: EvidenceKind<ConnectsEvidence> = {
  ...explainsNothing,
  kind: 'connects',
  schema,
  collect: ({ attempt, proxy, seen }) => {
    const counted = proxy && connectsEvidenceOf(proxy, attempt, seen?.proxy);
    return counted ? [counted] : [];
  },
  words: ({ proxyLog, tcpConnections }) => `${proxyLog} CONNECT over ${tcpConnections} TCP connections`,
  sentence: ({ proxyLog, tcpConnections, established }) =>
    `the proxy logged ${plural(proxyLog, 'CONNECT')} over ${plural(tcpConnections, 'TCP connection')}, and granted ${established}`,
};

/**
 * Counts the attempt's CONNECTs and its TCP connections to the proxy. Returns undefined when it never used the
 * proxy.
 */
export function connectsEvidenceOf(
  proxy: ProxyTrace,
  attempt: AttemptTrace,
  captured?: CapturedConnects,
): ConnectsEvidence | undefined {
  const flows = attempt.flows.filter((flow) => flow.protocol === 'tcp' && flow.remote.ip === proxy.address);
  if (flows.length === 0) return undefined;
  const connects = ownEntries(proxy, attempt).filter((entry) => entry.method === 'CONNECT');
  const legs = connects.flatMap((entry) => {
    const server = serverOf(entry, proxy.names);
    return server && entry.localPort !== undefined ? [`${entry.localPort} ${server.ip}:${server.port}`] : [];
  });
  return {
    kind: 'connects',
    proxyLog: connects.length,
    ...(captured?.connectRequests !== undefined && { captured: captured.connectRequests }),
    tcpConnections: captured?.tcpConnections ?? flows.length,
    upstreamConnections: new Set(legs).size,
    established: connects.filter(({ httpStatus }) => httpStatus >= 200 && httpStatus < 300).length,
  };
}
