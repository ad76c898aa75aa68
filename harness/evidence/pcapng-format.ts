/** Numbers of the pcapng format (draft-ietf-opsawg-pcapng). */

/** Types of the blocks that this project reads or writes (clause 4). */
export const blockTypes = {
  sectionHeader: 0x0a0d0d0a,
  interfaceDescription: 1,
  /** The Packet Block, which is obsolete and still found. */
  packet: 2,
  simplePacket: 3,
  /** An entry of a systemd journal, which Wireshark counts as a frame. */
  journalExport: 9,
  enhancedPacket: 6,
  decryptionSecrets: 10,
  /** Somebody's own block, which Wireshark counts as a frame; the second one must not be copied. */
  custom: 0xbad,
  customNotCopied: 0x40000bad,
} as const;

/** Written in the section's own byte order, so that a reader finds that order (clause 4.1). */
export const byteOrderMagic = 0x1a2b3c4d;

/** Options of blocks; numbers from 2 on mean different things in different blocks. */
export const options = {
  end: 0,
  comment: 1,
  section: { application: 4 },
  interface: { name: 2, description: 3, resolution: 9, offset: 14 },
} as const;

/** Secrets of a Decryption Secrets Block that are TLS keys in NSS's key log format: `TLSK`. */
export const tlsKeyLog = 0x544c534b;

/** Bytes of a block around its content: its type, and its length before and after. */
export const frameLength = 12;

/** Blocks are padded to a multiple of four bytes, and so are the values of options. */
export const padded = (length: number): number => Math.ceil(length / 4) * 4;
