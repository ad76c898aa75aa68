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

/** That a UE refuses a certificate explains nothing yet: whose it was, and why it is there, other evidence says. */
export const certificate: EvidenceKind<CertificateEvidence> = {
  ...explainsNothing,
  kind: 'certificate',
  schema,
  collect: ({ report }) => {
    const refused = refusedCertificateOf(report);
    return refused ? [refused] : [];
  },
  words: ({ text }) => text,
};

/** The UE's word that it refused a certificate, with what the certificate said. */
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
