import { z } from 'zod';

/** What a P-CSCF is set up with. */
export const pcscfConfig = z.object({
  /** Where UEs meet it. */
  address: z.ipv4(),
  /** Where the IMS core meets it. */
  coreAddress: z.ipv4(),
  ports: z.object({ udp: z.int(), tls: z.int(), https: z.int() }),
  /** The registrar, over UDP. */
  imsCore: z.object({ address: z.ipv4(), port: z.int() }),
  /** Seconds between keep-alives that UEs are recommended (RFC 6223). */
  keepAliveSeconds: z.int().min(1),
  /** PEM chain and key that UEs see; the name is the P-CSCF's FQDN (TS 33.203 Annex O). */
  certificate: z.string(),
  privateKey: z.string(),
});
export type PcscfConfig = z.infer<typeof pcscfConfig>;
