import { createHash } from 'node:crypto';

/**
 * Content that both ends can make by themselves, to compare what came with what was sent: the output of SHAKE256.
 * @param seed different seeds give different content
 */
export function contentOf(seed: string, bytes: number): Buffer {
  if (bytes === 0) return Buffer.alloc(0);
  return createHash('shake256', { outputLength: bytes }).update(seed).digest();
}

/** SHA-256 in hex. */
export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
