import { z } from 'zod';

/** One node as `nimsfw ps --json` lists it. */
export const nodeDescription = z.object({
  /** `ue-6`, `fw-6`, `proxy-8`, `pcscf`, `hss`, `ims-core`, `scc-as`, `turn`, `peer`. */
  id: z.string(),
  kind: z.string(),
  state: z.enum(['running', 'exited']),
  addresses: z.array(z.object({ ip: z.string(), network: z.string() })),
  /** The ports that the node serves, ascending. */
  ports: z.array(z.int()),
});
export type NodeDescription = z.infer<typeof nodeDescription>;

/** A lab that is kept running, as another process of the same user sees it. */
export const labDescription = z.object({
  /** The process that keeps the lab. */
  pid: z.int(),
  backend: z.string(),
  /** Value by which the backend finds the lab again. */
  handle: z.unknown(),
  nodes: z.array(nodeDescription.extend({ folder: z.string() })),
});
export type LabDescription = z.infer<typeof labDescription>;

/** A question to the keeper, one JSON text per line. */
export const labQuestion = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('describe') }),
  z.object({ ask: z.literal('logs'), node: z.string(), follow: z.boolean() }),
]);
export type LabQuestion = z.infer<typeof labQuestion>;

/**
 * Returns the name of the keeper's socket. It is in Linux's abstract name space (unix(7)) and goes away with
 * the process that made it, so a killed lab leaves no file. Each user has one lab.
 */
export const keeperSocket = (): string => `\0nimsfw-lab-${process.getuid?.() ?? 0}`;
