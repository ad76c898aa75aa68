import { z } from 'zod';

/** The configuration of a P-CSCF. */
export const pcscfConfig = z.object({
  /** The address at which UEs reach it. */
  address: z.ipv4(),
  /** The address at which the IMS core reaches it. */
  coreAddress: z.ipv4(),
  ports: z.object({ udp: z.int(), tls: z.int(), https: z.int() }),
  /** The registrar, which is reached over UDP. */
  imsCore: z.object({ address: z.ipv4(), port: z.int() }),
  /** Domain of the home network, which is also the visited one. */
  homeDomain: z.string(),
  /** Seconds between keep-alives that it recommends to UEs (RFC 6223). */
  keepAliveSeconds: z.int().min(1),
  /**
   * Its protected ports (TS 33.203 7.1), at the address at which UEs reach it, for UEs that agree on IPsec. Without them it
   * agrees on none. A UE that registers anew needs a client port beside those of its older security associations.
   */
  protected: z
    .object({
      serverPort: z.int(),
      clientPorts: z.array(z.int()).min(3),
      /** The Unix socket of the program `ipsec`; a name that begins with `@` is in the abstract namespace. */
      ipsec: z.string().regex(/^[@/][\w.@/-]+$/),
    })
    .optional(),
  /** PEM chain and key that UEs see; the name is the P-CSCF's FQDN (TS 33.203 Annex O). */
  certificate: z.string(),
  privateKey: z.string(),
});
export type PcscfConfig = z.infer<typeof pcscfConfig>;
