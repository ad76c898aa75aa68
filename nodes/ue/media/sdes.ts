import type { MediaDescription } from 'sdp-transform';
import { masterLength } from './srtp';

/** SDES (RFC 4568): the key that one end of SRTP sends with, as its description carries it. */
export interface Crypto {
  /** The answer repeats that of the offer. */
  readonly tag: number;
  /** Master key and salt. */
  readonly master: Buffer;
}

/** The only one that is carried here; RFC 4568 6.2 has every implementation know it. */
export const suite = 'AES_CM_128_HMAC_SHA1_80';

/** The first of the a=crypto lines that can be used, which is the one preferred (RFC 4568 5.1.1). */
export function readCrypto({ crypto = [] }: MediaDescription): Crypto | undefined {
  for (const { id, suite: offered, config, sessionConfig } of crypto) {
    // A key that needs an identifier (MKI), or parameters that change the transform, are not for us (RFC 4568 6.1, 6.3).
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
