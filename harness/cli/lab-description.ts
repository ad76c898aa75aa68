import { z } from 'zod';

/** One node as `nimsfw ps --json` lists it. */
export const nodeDescription = z.object({
  /** `ue-6`, `fw-6`, `proxy-8`, `pcscf`, `ims-core`, `turn`, `peer`. */
  id: z.string(),
  kind: z.string(),
  state: z.enum(['running', 'exited']),
  addresses: z.array(z.object({ ip: z.string(), network: z.string() })),
  /** Ports that it serves, ascending. */
  ports: z.array(z.int()),
});
export type NodeDescription = z.infer<typeof nodeDescription>;

/** A lab that is kept running, as another process of the same user sees it. */
export const labDescription = z.object({
  /** The process that keeps it. */
  pid: z.int(),
  backend: z.string(),
  /** How the backend finds it again. */
  handle: z.unknown(),
  nodes: z.array(nodeDescription.extend({ folder: z.string() })),
});
export type LabDescription = z.infer<typeof labDescription>;

/** What is asked of the keeper, one JSON text on a line. */
export const labQuestion = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('describe') }),
  z.object({ ask: z.literal('logs'), node: z.string(), follow: z.boolean() }),
]);
export type LabQuestion = z.infer<typeof labQuestion>;

/**
 * Where the keeper listens: a socket in Linux's abstract name space (unix(7)), which is gone with the process that
 * made it, so a killed lab leaves no file behind. One lab for each user.
 */
export const keeperSocket = (): string => `\0nimsfw-lab-${process.getuid?.() ?? 0}`;
