import { X509Certificate } from 'node:crypto';
import type { AttemptReport, Endpoint } from '../../nodes/ue/protocol';
import type {
  CertificateEvidence,
  ConnectsEvidence,
  ProxyRefusalEvidence,
  ProxyResignedEvidence,
} from './evidence';
import { ownEntries } from './match';
import { defaultSlack, type AttemptTrace, type ProxyTrace, type Slack } from './trace';
import { isBumped, isRefusal } from './proxy-log';

/** The proxy's refusals of this attempt's own requests. */
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

/** Counts of connections as the capture of the UE's side shows them. */
export interface CapturedConnects {
  /** TCP connections to the proxy. */
  readonly tcpConnections: number;
  /** CONNECTs in them; missing where the capture lost packets of one. */
  readonly connectRequests?: number;
}

/** How many CONNECTs the attempt made and how many TCP connections it took; undefined when it never used the proxy. */
export function connectsEvidenceOf(
  proxy: ProxyTrace,
  attempt: AttemptTrace,
  captured?: CapturedConnects,
): ConnectsEvidence | undefined {
  const flows = attempt.flows.filter((flow) => flow.protocol === 'tcp' && flow.remote.ip === proxy.address);
  if (flows.length === 0) return undefined;
  const connects = ownEntries(proxy, attempt).filter((entry) => entry.method === 'CONNECT');
  const legs = connects.flatMap(({ server, localPort }) =>
    server && localPort !== undefined ? [`${localPort} ${server.ip}:${server.port}`] : [],
  );
  return {
    kind: 'connects',
    proxyLog: connects.length,
    ...(captured?.connectRequests !== undefined && { captured: captured.connectRequests }),
    tcpConnections: captured?.tcpConnections ?? flows.length,
    upstreamConnections: new Set(legs).size,
    established: connects.filter(({ httpStatus }) => httpStatus >= 200 && httpStatus < 300).length,
  };
}

/** A certificate that was presented to the UE, by PEM or DER where the capture has it, else as the UE reports it. */
export type PresentedCertificate =
  | { readonly seenIn: 'capture'; readonly der: Uint8Array }
  | {
      readonly seenIn: 'ue';
      readonly subject: string;
      readonly issuer: string;
      readonly fingerprint256: string;
    };

/**
 * That the proxy re-signed this attempt's TLS: its log says that it bumped the attempt's own tunnel, and a certificate
 * was presented there. With `proxyCa` (PEM) the certificate must be that CA's, else there is no evidence.
 *
 * @param accepted whether the UE went on with the certificate, by its end of the connection
 */
export function resignedEvidenceOf(
  proxy: ProxyTrace & { readonly ca?: string },
  attempt: AttemptTrace,
  presented: PresentedCertificate,
  accepted: (client: Endpoint) => boolean,
): ProxyResignedEvidence[] {
  const facts = presented.seenIn === 'ue' ? presented : parseCertificate(presented.der);
  const signed = signedBy(proxy.ca, presented);
  if (!facts || signed === 'another') return [];
  const { subject, issuer, fingerprint256 } = facts;
  return ownEntries(proxy, attempt)
    .filter(isBumped)
    .map((entry) => ({
      kind: 'proxy-resigned',
      proxy: proxy.id,
      at: entry.at,
      client: entry.client,
      target: entry.target,
      bumpMode: entry.bumpMode ?? '',
      issuer: oneLine(issuer),
      subject: oneLine(subject),
      fingerprint256,
      seenIn: presented.seenIn,
      signedByProxyCa: signed,
      accepted: accepted(entry.client),
      ...(entry.error !== undefined && { error: entry.error }),
    }));
}

/** The UE's word that it refused a certificate, with what the certificate said. */
export function certificateEvidenceOf(report: AttemptReport): CertificateEvidence | undefined {
  const { failure } = report;
  if (failure?.code !== 'CERTIFICATE_UNTRUSTED' && failure?.code !== 'CERTIFICATE_NAME') return undefined;
  const certificate = report.peerCertificate ?? report.tls?.peer;
  return {
    kind: 'certificate',
    source: 'ue',
    reason: failure.code,
    text: failure.text,
    ...(certificate && { certificate }),
  };
}

type Signed = ProxyResignedEvidence['signedByProxyCa'] | 'another';

function signedBy(ca: string | undefined, presented: PresentedCertificate): Signed {
  const authority = ca === undefined ? undefined : parseCertificate(Buffer.from(ca));
  if (!authority) return 'not-checked';
  if (presented.seenIn === 'ue') {
    return oneLine(authority.subject) === oneLine(presented.issuer) ? 'by-name' : 'another';
  }
  return parseCertificate(presented.der)?.verify(authority.publicKey) ? 'by-key' : 'another';
}

function parseCertificate(bytes: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(bytes);
  } catch {
    return undefined; // not a certificate: whoever sent it, it proves nothing
  }
}

/** Node writes a name's parts on lines of their own. */
function oneLine(name: string): string {
  return name.split(/\s*[\n,]\s*/).join(', ');
}
