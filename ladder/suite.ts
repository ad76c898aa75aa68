/** A cipher suite that is measured, and the TLS offer of the UE by which it is agreed on. */
export interface Suite {
  readonly id: SuiteId;
  /** IANA name; for `modern` a description, since the defaults decide which suite is agreed on. */
  readonly name: string;
  /** OpenSSL cipher string: the offer, the most preferred suite first. NULL suites exist only below security level 1. */
  readonly ciphers: string;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion: 'TLSv1.2' | 'TLSv1.3';
  /** Says whether nobody on the wire can read the payload of the TLS records. */
  readonly encrypts: boolean;
}

export const suiteIds = ['aes', 'null', 'modern'] as const;
export type SuiteId = (typeof suiteIds)[number];

/** The CR names the first two suites as its examples of an encrypting and a NULL suite. */
export const suites: Readonly<Record<SuiteId, Suite>> = {
  aes: {
    id: 'aes',
    name: 'TLS_RSA_WITH_AES_128_CBC_SHA',
    ciphers: 'AES128-SHA:@SECLEVEL=0',
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    encrypts: true,
  },
  null: {
    id: 'null',
    name: 'TLS_RSA_WITH_NULL_SHA',
    // TS 33.203 O.2.1: a UE always offers a suite that encrypts too. The servers of the lab prefer the NULL suite.
    ciphers: 'NULL-SHA:AES128-SHA:@SECLEVEL=0',
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    encrypts: false,
  },
  // UEs of today offer TLS 1.3, and 1.2 for servers that have nothing newer (coturn 4.6 takes the version from the
  // ClientHello's legacy field, and so never agrees on 1.3).
  modern: {
    id: 'modern',
    name: 'TLS 1.3 defaults',
    ciphers: 'DEFAULT',
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    encrypts: true,
  },
};

/** Says whether a suite encrypts. @param name IANA name */
export const isEncrypting = (name: string): boolean => !/NULL/.test(name);

/**
 * Says whether a connection shows something about a suite. With another one that was offered beside it, it shows
 * nothing.
 *
 * @param agreed IANA name of the suite that client and server agreed on
 */
export const isAgreed = ({ id, name }: Pick<Suite, 'id' | 'name'>, agreed: string): boolean =>
  id === 'modern' ? isEncrypting(agreed) : agreed === name;
