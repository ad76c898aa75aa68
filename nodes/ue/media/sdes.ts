import type { MediaDescription } from 'sdp-transform';
import { masterLength } from './srtp';

/** The key with which one end sends SRTP, in its description (SDES, RFC 4568). */
export interface Crypto {
  /** The tag, which the answer repeats from the offer. */
  readonly tag: number;
  /** Master key and salt. */
  readonly master: Buffer;
}

/** The only crypto suite that this UE has; every implementation must know it (RFC 4568 6.2). */
export const suite = 'AES_CM_128_HMAC_SHA1_80';

/** Reads the first a=crypto line that can be used, which is the most preferred one (RFC 4568 5.1.1). */
export function readCrypto({ crypto = [] }: MediaDescription): Crypto | undefined {
  for (const { id, suite: offered, config, sessionConfig } of crypto) {
    // A key with an identifier (MKI), and parameters that change the transform, are not supported (RFC 4568 6.1, 6.3).
    const key = /^inline:([A-Za-z0-9+/=]+)(?:\|(?:2\^)?\d+)?$/.exec(String(config))?.[1];
    if (offered !== suite || key === undefined || sessionConfig) continue;
    const master = Buffer.from(key, 'base64');
    if (master.length === masterLength) return { tag: id, master };
  }
  return undefined;
}

export function writeCrypto({ tag, master }: Crypto): NonNullable<MediaDescription['crypto']> {
  return [{ id: tag, suite, config: `inline:${master.toString('base64')}` }];
}
