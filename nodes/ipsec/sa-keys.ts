import type { SecurityAssociationSet } from './protocol';

/** What TS 33.203 calls an algorithm, and what it takes (RFC 2403, RFC 2404, RFC 3602, RFC 2410). */
export const hashes = { 'hmac-sha-1-96': 'sha1', 'hmac-md5-96': 'md5' } as const;

/** Algorithms and keys of a security association. The four of a set have the same. */
export interface SaKeys {
  readonly hash: 'sha1' | 'md5';
  readonly integrityKey: Buffer;
  /** Key of AES-128 in CBC mode; undefined for the null algorithm. */
  readonly encryptionKey: Buffer | undefined;
}

/**
 * Fits IK and CK to the algorithms (TS 33.203 Annex I): HMAC-SHA-1-96 takes IK with 32 zero bits after it,
 * HMAC-MD5-96 takes IK, AES-CBC takes CK.
 */
export function saKeys({
  integrity,
  encryption,
  ik,
  ck,
}: Pick<SecurityAssociationSet, 'integrity' | 'encryption' | 'ik' | 'ck'>): SaKeys {
  const key = Buffer.from(ik, 'hex');
  return {
    hash: hashes[integrity],
    integrityKey: integrity === 'hmac-sha-1-96' ? Buffer.concat([key, Buffer.alloc(4)]) : key,
    encryptionKey: encryption === 'aes-cbc' ? Buffer.from(ck, 'hex') : undefined,
  };
}
