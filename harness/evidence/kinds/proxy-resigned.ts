import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { sameEndpoint, showEndpoint } from '../../../kit/endpoint';
import type { AttemptReport, Endpoint } from '../../../nodes/ue/protocol';
import { endpoint } from '../facts';
import { ownEntries } from '../match';
import type { PresentedCertificate } from '../presented-certificate';
import { isBumped } from '../proxy-log';
import { type AttemptTrace, type ProxyTrace } from '../trace';
import { refusedCertificateOf } from './certificate';
import type { EvidenceKind } from './kind';

/** The proxy intercepted this attempt's TLS and presented a certificate that it made itself. */
const schema = z.object({
  kind: z.literal('proxy-resigned'),
  proxy: z.string(),
  at: z.number(),
  client: endpoint,
  /** The authority that the attempt's CONNECT asked for. */
  target: z.string(),
  /** The proxy's log entry on the tunnel's TLS (squid's `%ssl::bump_mode`). */
  bumpMode: z.string(),
  /** The presented certificate, from the capture if it is there, else from the UE's report. */
  issuer: z.string(),
  subject: z.string(),
  fingerprint256: z.string(),
  seenIn: z.enum(['capture', 'ue']),
  /**
   * How the proxy's CA was recognised as the signer: by its key (certificate from the capture), or by its name
   * only; or, of a CA that the lab does not know, because the server was seen to send the proxy other bytes than the
   * proxy sent the UE.
   */
  signedByProxyCa: z.enum(['by-key', 'by-name', 'by-substitution', 'not-checked']),
  /**
   * True if the UE went on with that certificate, so that the certificate was no obstacle. In the capture the
   * UE then sent data after the handshake; without a capture the UE's report decides.
   */
  accepted: z.boolean(),
  /** The proxy's log entry on how its TLS with the client ended, e.g. `ERR_SECURE_ACCEPT_FAIL/...`. */
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
  sentence: ({ proxy, target, client, issuer, signedByProxyCa, accepted, at }, { when }) => {
    const asked = `${showEndpoint(client)}, which asked for ${target},`;
    const certificate = `a certificate issued by "${issuer}" (${issuerWords[signedByProxyCa]})`;
    const end = `the UE ${accepted ? 'accepted' : 'refused'} it`;
    return `${proxy} answered ${asked} with ${certificate} ${when(at)}; ${end}`;
  },
  // A passed attempt may have been read on its way, which claim I7 judges.
  brief: () => "proxy's certificate",
  remark: (item) => (item.accepted ? inWords(item) : undefined),
  cites: () => [],
  contradicts: () => [],
};

const issuerWords: Readonly<Record<ProxyResignedEvidence['signedByProxyCa'], string>> = {
  'by-key': "the proxy's own CA, by its key",
  'by-name': "the proxy's own CA, by its name",
  'by-substitution': 'not what the server had sent',
  'not-checked': "whether that is the proxy's own CA is not known",
};

function inWords({ proxy, issuer, accepted }: ProxyResignedEvidence): string {
  return `${proxy} re-signed TLS as "${issuer}"; the UE ${accepted ? 'accepted' : 'refused'} the certificate`;
}

/** Says whether the certificate is the proxy's and the UE did not go on with it. */
const isInTheWay = ({ signedByProxyCa, accepted }: ProxyResignedEvidence): boolean =>
  signedByProxyCa !== 'not-checked' && !accepted;

function reportedCertificate(report: AttemptReport): PresentedCertificate | undefined {
  const certificate = report.peerCertificate ?? report.tls?.peer;
  return certificate && { seenIn: 'ue', ...certificate };
}

/**
 * Returns evidence that the proxy re-signed this attempt's TLS: its log says that it bumped the attempt's own
 * tunnel, and a certificate was presented there. If the proxy's CA (`ca`, PEM) is known, a certificate of
 * another CA gives no evidence.
 *
 * @param accepted says whether the UE went on with the certificate, by the UE's end of the connection
 */
export function resignedEvidenceOf(
  proxy: ProxyTrace & { readonly ca?: string },
  attempt: AttemptTrace,
  presented: PresentedCertificate,
  accepted: (client: Endpoint) => boolean,
): ProxyResignedEvidence[] {
  const facts = presented.seenIn === 'ue' ? presented : parseCertificate(presented.der);
  const known = signedBy(proxy.ca, presented);
  const isUnknown = known === 'another' || known === 'not-checked';
  const signed = isUnknown && proxy.isObserved ? 'by-substitution' : known;
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

/** Returns the certificate of these bytes, DER or PEM; undefined if they are none. */
export function parseCertificate(bytes: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(bytes);
  } catch {
    return undefined; // not a certificate, so it proves nothing
  }
}

/** Joins the parts of a name, which Node writes on separate lines. */
function oneLine(name: string): string {
  return name.split(/\s*[\n,]\s*/).join(', ');
}
