import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { sameEndpoint } from '../../../kit/endpoint';
import type { AttemptReport, Endpoint } from '../../../nodes/ue/protocol';
import { endpoint } from '../facts';
import { ownEntries } from '../match';
import type { PresentedCertificate } from '../presented-certificate';
import { isBumped } from '../proxy-log';
import { type AttemptTrace, type ProxyTrace } from '../trace';
import { refusedCertificateOf } from './certificate';
import type { EvidenceKind } from './kind';

/** The proxy put itself into this attempt's TLS and presented a certificate of its own making. */
const schema = z.object({
  kind: z.literal('proxy-resigned'),
  proxy: z.string(),
  at: z.number(),
  client: endpoint,
  /** The authority that the attempt's CONNECT asked for. */
  target: z.string(),
  /** The proxy's log of what it did with the tunnel (squid's `%ssl::bump_mode`). */
  bumpMode: z.string(),
  /** The certificate presented, as the capture shows it, else as the UE reports it. */
  issuer: z.string(),
  subject: z.string(),
  fingerprint256: z.string(),
  seenIn: z.enum(['capture', 'ue']),
  /** Whether the proxy's CA is shown to have signed it: by its key (certificate in the capture), else by its name. */
  signedByProxyCa: z.enum(['by-key', 'by-name', 'not-checked']),
  /**
   * Whether the UE went on with that certificate: it said something after the handshake, as the capture shows, else by its
   * own word. Then the certificate was nothing that kept it from anything.
   */
  accepted: z.boolean(),
  /** The proxy's word on how its TLS with the client ended, e.g. `ERR_SECURE_ACCEPT_FAIL/...`. */
  error: z.string().optional(),
});
export type ProxyResignedEvidence = z.infer<typeof schema>;

export const proxyResigned: EvidenceKind<ProxyResignedEvidence> = {
  kind: 'proxy-resigned',
  schema,
  collect: ({ attempt, report, proxy, seen }) => {
    const presented = seen?.certificates[0] ?? reportedCertificate(report);
    const accepted = (client: Endpoint): boolean =>
      seen
        ? seen.spokenOver.some((local) => sameEndpoint(local, client))
        : report.tls !== undefined && refusedCertificateOf(report) === undefined;
    return proxy && presented ? resignedEvidenceOf(proxy, attempt, presented, accepted) : [];
  },
  explains: (item, code) => code === 'CERTIFICATE_UNTRUSTED' && isInTheWay(item),
  refuses: (item, { protocol, local }) =>
    isInTheWay(item) && protocol === 'tcp' && sameEndpoint(item.client, local),
  words: inWords,
  // That somebody has read what got through is for claim I7 to say.
  remark: (item) => (item.accepted ? inWords(item) : undefined),
};

function inWords({ proxy, issuer, accepted }: ProxyResignedEvidence): string {
  return `${proxy} re-signed TLS as "${issuer}"; the UE ${accepted ? 'accepted' : 'refused'} the certificate`;
}

/** The certificate is the proxy's, and the UE did not go on with it. */
const isInTheWay = ({ signedByProxyCa, accepted }: ProxyResignedEvidence): boolean =>
  signedByProxyCa !== 'not-checked' && !accepted;

function reportedCertificate(report: AttemptReport): PresentedCertificate | undefined {
  const certificate = report.peerCertificate ?? report.tls?.peer;
  return certificate && { seenIn: 'ue', ...certificate };
}

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
    return undefined; // not a certificate, so it proves nothing
  }
}

/** Node writes a name's parts on lines of their own. */
function oneLine(name: string): string {
  return name.split(/\s*[\n,]\s*/).join(', ');
}
