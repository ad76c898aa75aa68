import { z } from 'zod';
import { showEndpoint } from '../../../kit/endpoint';
import { endpoint } from '../facts';
import { explainsNothing, type EvidenceKind } from './kind';

/**
 * The version and suite that one TLS connection of the attempt agreed on, and the bytes that were sent too
 * early.
 */
const schema = z.object({
  kind: z.literal('tls'),
  source: z.literal('capture'),
  /** `TLSv1.2`; missing when no ServerHello was seen. */
  version: z.string().optional(),
  /** IANA name of the suite, e.g. `TLS_RSA_WITH_AES_128_CBC_SHA`, or its number when the name is not known here. */
  suite: z.string().optional(),
  /** True if both sides' Finished were seen. */
  handshakeEnded: z.boolean(),
  /**
   * Bytes outside of the handshake that the client sent before the handshake ended (I10 wants 0). Missing when
   * the capture lost packets of the connection, because then nobody knows.
   */
  bytesBeforeHandshakeEnd: z.int().min(0).optional(),
  connection: z.object({ local: endpoint, remote: endpoint, target: z.string().optional() }),
  capture: z.string().optional(),
});
export type TlsEvidence = z.infer<typeof schema>;

export const tls: EvidenceKind<TlsEvidence> = {
  ...explainsNothing,
  kind: 'tls',
  schema,
  collect: ({ seen }) =>
    (seen?.tls ?? []).map((connection) => ({ kind: 'tls', source: 'capture', ...connection })),
  words: ({ version = 'no TLS', suite = 'no suite' }) => `${version} with ${suite}`,
  sentence: ({ version, suite, handshakeEnded, bytesBeforeHandshakeEnd: early, connection }) => {
    const { local, remote, target } = connection;
    const to = target === undefined ? showEndpoint(remote) : `${target} by CONNECT`;
    const agreed =
      version === undefined ? 'nothing shows an agreement' : `${version} with ${suite ?? 'an unknown suite'}`;
    const bytes = early === 0 ? 'nothing was' : early === 1 ? '1 byte was' : `${early} bytes were`;
    const before = early === undefined ? 'what was sent before is not known' : `${bytes} sent before`;
    const end = handshakeEnded
      ? `the handshake ended, and ${before}`
      : 'nothing shows that the handshake ended';
    return `TLS from ${showEndpoint(local)} to ${to}: ${agreed}; ${end}`;
  },
};
