import { z } from 'zod';
import { ipsecModes } from '../../ladder';

/**
 * What the program `ipsec` is asked and answers: a JSON object in each line over a Unix stream socket, answered in the
 * order in which the work is done. A line that is no request is answered with the id 0.
 */

const port = z.int().min(1).max(65535);
/** RFC 4303 2.1: 1 to 255 are reserved, and 0 is never sent. */
const spi = z.int().min(256).max(0xffff_ffff);
const key = z.string().regex(/^[0-9a-f]{32}$/i, 'it takes 32 hexadecimal digits');

/** The longest life of a set of security associations, in seconds. */
export const longestLifetimeSeconds = 1_000_000;
const lifetimeSeconds = z.number().positive().max(longestLifetimeSeconds);

/** One end of a set of security associations: the address, the protected ports and the SPIs that it has chosen. */
const end = z.object({
  address: z.ipv4(),
  clientPort: port,
  serverPort: port,
  /** SPI of the inbound SA of the protected client port (`spi-c`). */
  clientSpi: spi,
  /** SPI of the inbound SA of the protected server port (`spi-s`). */
  serverSpi: spi,
});
export type SetEnd = z.infer<typeof end>;

export const integrityAlgorithms = ['hmac-sha-1-96', 'hmac-md5-96'] as const;
export const encryptionAlgorithms = ['aes-cbc', 'null'] as const;

/**
 * A set of four security associations (TS 33.203 clause 7.1), seen from the node that makes it. UE and P-CSCF describe
 * it in the same way. Inbound are `self.serverSpi` (from `other.clientPort` to `self.serverPort`) and `self.clientSpi`
 * (from `other.serverPort` to `self.clientPort`); outbound are `other.serverSpi` (from `self.clientPort` to
 * `other.serverPort`) and `other.clientSpi` (from `self.serverPort` to `other.clientPort`). Each carries UDP and TCP.
 */
export const securityAssociationSet = z.object({
  /** Unique in its node. */
  name: z.string().min(1).max(200),
  /** As in Security-Client (TS 33.203 Annex H); `UDP-enc-tun` is tunnel mode in UDP (RFC 3948). */
  mode: z.enum(ipsecModes),
  integrity: z.enum(integrityAlgorithms),
  encryption: z.enum(encryptionAlgorithms),
  /** IK and CK as the AKA has made them. They are fitted to the algorithms here (TS 33.203 Annex I). */
  ik: key,
  ck: key,
  lifetimeSeconds,
  self: end,
  other: end,
  /**
   * For `UDP-enc-tun`: where the UDP is sent to until an authentic packet has told where the other end really is. By
   * default `other.address` and port 4500.
   */
  outer: z.object({ ip: z.ipv4(), port }).optional(),
});
export type SecurityAssociationSet = z.infer<typeof securityAssociationSet>;

const name = z.object({ name: z.string() });

export const request = z.discriminatedUnion('method', [
  z.object({ id: z.int(), method: z.literal('add'), params: securityAssociationSet }),
  z.object({ id: z.int(), method: z.literal('remove'), params: name }),
  z.object({ id: z.int(), method: z.literal('extend'), params: name.extend({ lifetimeSeconds }) }),
  z.object({ id: z.int(), method: z.literal('list'), params: z.object({}).optional() }),
]);
export type Request = z.infer<typeof request>;

/** Stable codes of refusals. */
export const ipsecErrorCodes = [
  /** The line is no request, or its parameters do not fit together. */
  'INVALID_REQUEST',
  /** A set of this name, or with one of its inbound SPIs, is there already. */
  'TAKEN',
  'UNKNOWN_SET',
  /** The program does not serve this address: it was not started with it. */
  'UNKNOWN_ADDRESS',
  /** The kernel refuses what the set needs. */
  'REFUSED_BY_KERNEL',
  /** The connection to the program was lost. */
  'LOST',
] as const;
export type IpsecErrorCode = (typeof ipsecErrorCodes)[number];

const count = z.int().nonnegative();

/** What has passed an outbound SA. Bytes are those of the ESP packets' content before they were sealed. */
const outbound = z.object({ spi: count, packets: count, bytes: count });
const inbound = outbound.extend({
  /** Packets with a wrong integrity check value. */
  badIcv: count,
  /** Packets that came again, or came too late for the window (RFC 4303 section 3.4.3). */
  replayed: count,
  /**
   * Packets that are authentic, and whose UDP or TCP checksum is wrong nevertheless, as it is when an address was
   * translated on the way. They are handed to the kernel, which refuses them. The kernel as the maker does not count them.
   */
  badInnerChecksum: count,
});
export type InboundCounters = z.infer<typeof inbound>;
export type OutboundCounters = z.infer<typeof outbound>;

export const makerNames = ['kernel', 'userspace'] as const;
export type MakerName = (typeof makerNames)[number];

export const listing = z.object({
  maker: z.enum(makerNames),
  sets: z.array(
    z.object({
      name: z.string(),
      mode: z.enum(ipsecModes),
      /** Seconds that the set still lives. */
      remainingSeconds: z.number(),
      /** For `UDP-enc-tun`: where the UDP is sent to now. */
      outer: z.object({ ip: z.string(), port: z.int() }).optional(),
      in: z.array(inbound),
      out: z.array(outbound),
    }),
  ),
  /** Packets whose SPI no inbound SA has; also those of a set whose lifetime is over. */
  unknownSpi: count,
  /** UDP datagrams of this network that the kernel has refused for a wrong checksum since the program began. */
  udpChecksumErrors: count,
});
export type Listing = z.infer<typeof listing>;

export const answer = z.object({
  id: z.int(),
  result: z.unknown().optional(),
  error: z.object({ code: z.enum(ipsecErrorCodes), message: z.string() }).optional(),
});
export type Answer = z.infer<typeof answer>;

/** Why the program refuses a request: a stable code and one line. */
export class IpsecError extends Error {
  constructor(
    readonly code: IpsecErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'IpsecError';
  }
}

/** The line by which the program says that security associations can be made. */
export const readyText = (maker: MakerName): string => `ipsec: ready (${maker})`;
