/**
 * What the firewall's inspector (nodes/firewall/inspector) and its nftables rules have agreed upon. The inspector accepts
 * every packet and says by the packet's mark what it found; the rules act on the mark.
 */

/** The NFQUEUE that it serves; queues are numbered within a network namespace. */
export const inspectionQueue = 0;

/** What the inspector can say of a packet on port 443, as the packet's mark. An unmarked one is let through. */
export const inspectionMarks = {
  'readable-sip': 0x4431,
  'readable-stun': 0x4432,
  'readable-rtp': 0x4433,
  'readable-msrp': 0x4434,
  /** It cannot say what the packet's bytes mean. */
  'not-followed': 0x4435,
  /** The connection has agreed on a suite that encrypts: nothing more of it is to be inspected. */
  encrypts: 0x4436,
} as const;
export type Finding = keyof typeof inspectionMarks;

/** The bit of a connection's mark with which it is done with the queue. */
export const notInspected = 0x10;

/**
 * The file for `iptables-nft-restore` that sends packets of port 443 to the inspector. nftables' own `queue` is not in every
 * kernel. It replaces the chain, and the table, that it had made before; {@link withoutQueue} takes them away.
 *
 * The table comes before the filter rules, so these see the inspector's mark. With nobody at the queue its packets are lost:
 * there is no bypass.
 */
export const queueRules = `*mangle
-A FORWARD -p tcp -m conntrack --ctorigdstport 443 -m conntrack ! --ctstate INVALID -m connmark ! --mark 0x${notInspected.toString(16)}/0x${notInspected.toString(16)} -j NFQUEUE --queue-num ${inspectionQueue}
COMMIT
`;

/** What takes {@link queueRules} away again, for `nft -f`; it may never have been loaded. */
export const withoutQueue = ['table ip mangle', 'delete table ip mangle'];
