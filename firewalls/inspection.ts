/**
 * The interface between the firewall's inspector (nodes/firewall/inspector) and its nftables rules. The inspector
 * accepts every packet and writes its finding into the packet's mark; the rules act on the mark.
 */

/** The NFQUEUE that the inspector serves; queues are numbered within a network namespace. */
export const inspectionQueue = 0;

/**
 * The marks by which the inspector reports what it found in a packet on port 443. An
 * unmarked packet is let through.
 */
export const inspectionMarks = {
  'readable-sip': 0x4431,
  'readable-stun': 0x4432,
  'readable-rtp': 0x4433,
  'readable-msrp': 0x4434,
  /** The inspector cannot say what the packet's bytes mean. */
  'not-followed': 0x4435,
  /** The connection has agreed on a suite that encrypts, so the inspector need not see the rest of it. */
  encrypts: 0x4436,
} as const;
export type Finding = keyof typeof inspectionMarks;

/** The bit of a connection's mark that keeps the connection's packets out of the queue. */
export const notInspected = 0x10;

/** The rule that sends packets to the inspector, see {@link queueRules}. */
export const inspectionQueueRule = `-p tcp -m conntrack --ctorigdstport 443 -m conntrack ! --ctstate INVALID -m connmark ! --mark 0x${notInspected.toString(16)}/0x${notInspected.toString(16)} -j NFQUEUE --queue-num ${inspectionQueue}`;

/**
 * The file for `iptables-nft-restore` that sends packets of port 443 to the inspector. iptables does it, since not
 * every kernel has nftables' own `queue`. Loading the file replaces the chain and the table of an earlier load;
 * {@link withoutQueue} removes them.
 *
 * The table comes before the filter rules, so these see the inspector's mark. There is no bypass: without an
 * inspector at the queue the packets are lost.
 */
export const queueRules = `*mangle
-A FORWARD ${inspectionQueueRule}
COMMIT
`;

/** Commands for `nft -f` that remove {@link queueRules}; they also work if it was never loaded. */
export const withoutQueue = ['table ip mangle', 'delete table ip mangle'];
