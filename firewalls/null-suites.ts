/**
 * The TLS cipher suites that do not encrypt, with the length in bytes of the MAC that ends each record. They are
 * the suites whose name in IANA's registry of TLS cipher suites has NULL as the cipher, the two of TLS 1.3 that
 * only protect integrity (RFC 9150), and two of GOST that OpenSSL once had.
 */
export const nullSuites: ReadonlyMap<number, { readonly mac: number; readonly tls13?: true }> = new Map([
  [0x0000, { mac: 0 }], // TLS_NULL_WITH_NULL_NULL
  [0x0001, { mac: 16 }], // TLS_RSA_WITH_NULL_MD5
  [0x0002, { mac: 20 }], // TLS_RSA_WITH_NULL_SHA
  [0x002c, { mac: 20 }], // TLS_PSK_WITH_NULL_SHA
  [0x002d, { mac: 20 }], // TLS_DHE_PSK_WITH_NULL_SHA
  [0x002e, { mac: 20 }], // TLS_RSA_PSK_WITH_NULL_SHA
  [0x003b, { mac: 32 }], // TLS_RSA_WITH_NULL_SHA256
  [0x0082, { mac: 32 }], // TLS_GOSTR341094_WITH_NULL_GOSTR3411
  [0x0083, { mac: 32 }], // TLS_GOSTR341001_WITH_NULL_GOSTR3411
  [0x00b0, { mac: 32 }], // TLS_PSK_WITH_NULL_SHA256
  [0x00b1, { mac: 48 }], // TLS_PSK_WITH_NULL_SHA384
  [0x00b4, { mac: 32 }], // TLS_DHE_PSK_WITH_NULL_SHA256
  [0x00b5, { mac: 48 }], // TLS_DHE_PSK_WITH_NULL_SHA384
  [0x00b8, { mac: 32 }], // TLS_RSA_PSK_WITH_NULL_SHA256
  [0x00b9, { mac: 48 }], // TLS_RSA_PSK_WITH_NULL_SHA384
  [0xc001, { mac: 20 }], // TLS_ECDH_ECDSA_WITH_NULL_SHA
  [0xc006, { mac: 20 }], // TLS_ECDHE_ECDSA_WITH_NULL_SHA
  [0xc00b, { mac: 20 }], // TLS_ECDH_RSA_WITH_NULL_SHA
  [0xc010, { mac: 20 }], // TLS_ECDHE_RSA_WITH_NULL_SHA
  [0xc015, { mac: 20 }], // TLS_ECDH_anon_WITH_NULL_SHA
  [0xc039, { mac: 20 }], // TLS_ECDHE_PSK_WITH_NULL_SHA
  [0xc03a, { mac: 32 }], // TLS_ECDHE_PSK_WITH_NULL_SHA256
  [0xc03b, { mac: 48 }], // TLS_ECDHE_PSK_WITH_NULL_SHA384
  [0xc0b4, { mac: 32, tls13: true }], // TLS_SHA256_SHA256
  [0xc0b5, { mac: 48, tls13: true }], // TLS_SHA384_SHA384
]);
