import { createHash } from 'node:crypto';

/**
 * Makes content that both ends can compute and so compare without sending it: the output of SHAKE256.
 * @param seed different seeds give different content
 */
export function contentOf(seed: string, bytes: number): Buffer {
  if (bytes === 0) return Buffer.alloc(0);
  return createHash('shake256', { outputLength: bytes }).update(seed).digest();
}

/** Returns the SHA-256 of a content in hex. */
export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
