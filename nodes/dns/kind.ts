/** The kind of a DNS server's box, which is its place. A lab has one only if it is chosen. */
export const dnsKind = 'dns';
