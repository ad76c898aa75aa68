import { z } from 'zod';
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
};
