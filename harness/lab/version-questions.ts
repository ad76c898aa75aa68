/** How each program is asked for its version, and where in its answer that stands. */
export const versionQuestions = {
  node: { argv: ['node', '--version'], pattern: /^v(\d[\w.-]*)/ },
  kamailio: { argv: ['kamailio', '-v'], pattern: /kamailio (\d[\w.-]*)/ },
  coturn: { argv: ['turnserver', '--version'], pattern: /^(?:Coturn-)?(\d[\w.-]*)/m },
  squid: { argv: ['squid', '-v'], pattern: /Version (\d[\w.-]*)/ },
  nftables: { argv: ['nft', '--version'], pattern: /nftables v(\d[\w.-]*)/ },
  iptables: { argv: ['iptables-nft', '--version'], pattern: /iptables v(\d[\w.-]*)/ },
  tcpdump: { argv: ['tcpdump', '--version'], pattern: /tcpdump version (\d[\w.-]*)/ },
  openssl: { argv: ['openssl', 'version'], pattern: /OpenSSL (\d[\w.-]*)/ },
} as const;

/** A program whose version a result names. */
export type ProgramName = keyof typeof versionQuestions;
