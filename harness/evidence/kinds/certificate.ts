import { z } from 'zod';
import type { AttemptReport } from '../../../nodes/ue/protocol';
import { certificateFacts } from '../facts';
import { explainsNothing, type EvidenceKind } from './kind';

/** The UE refused the certificate that it was shown. */
const schema = z.object({
  kind: z.literal('certificate'),
  source: z.literal('ue'),
  reason: z.enum(['CERTIFICATE_UNTRUSTED', 'CERTIFICATE_NAME']),
  text: z.string(),
  certificate: certificateFacts.optional(),
});
export type CertificateEvidence = z.infer<typeof schema>;

/**
 * A refused certificate alone explains no failure. Other evidence tells who made it and why it was presented.
 */
export const certificate: EvidenceKind<CertificateEvidence> = {
  ...explainsNothing,
  kind: 'certificate',
  schema,
  collect: ({ report }) => {
    const refused = refusedCertificateOf(report);
    return refused ? [refused] : [];
  },
  words: ({ text }) => text,
  sentence: ({ text, certificate, reason }) => {
    const what = certificate ? `the certificate of "${certificate.subject}"` : 'a certificate';
    const by = certificate ? `, issued by "${certificate.issuer}"` : '';
    return `the UE refused ${what}${by}: ${text} (${reason})`;
  },
};

/** Returns the UE's report that it refused a certificate, with the certificate's facts. */
export function refusedCertificateOf(report: AttemptReport): CertificateEvidence | undefined {
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
