import { z } from 'zod';

/** The configuration of the SCC AS: the content of `scc-as.json` in its folder. */
export const sccAsConfig = z.object({
  address: z.ipv4(),
  port: z.int(),
  /** The IMS core, over the interface ISC. The AS serves no other address. */
  imsCore: z.object({ address: z.ipv4(), port: z.int() }),
  /** Domain of the home network. */
  domain: z.string(),
  /** The static STI: a public service identity of the home network that leads to this AS. */
  staticSti: z.string(),
});
export type SccAsConfig = z.infer<typeof sccAsConfig>;
