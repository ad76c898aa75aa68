import { z } from 'zod';

/**
 * What the program `ipsec` tells on its standard output, a line of JSON each: an inbound packet of ESP was authentic, and
 * the checksum of the UDP or TCP in it is not that of the addresses which the packet came with. It is handed on nevertheless,
 * and the kernel refuses it, as any node does (RFC 768, RFC 9293 3.1).
 */
export const espEvent = z.object({
  event: z.literal('wrong-inner-checksum'),
  /** Milliseconds since the Unix epoch. */
  at: z.number(),
  /** 8 hexadecimal digits. */
  spi: z.string().regex(/^[0-9a-f]{8}$/),
  /** Sequence number (RFC 4303 2.2). */
  sequence: z.int().nonnegative(),
  /** The addresses which the packet came with. */
  source: z.ipv4(),
  destination: z.ipv4(),
  /** The checksum in the packet, and that of its content between these addresses: four hexadecimal digits. */
  found: z.string().regex(/^[0-9a-f]{4}$/),
  right: z.string().regex(/^[0-9a-f]{4}$/),
});
export type EspEvent = z.infer<typeof espEvent>;
