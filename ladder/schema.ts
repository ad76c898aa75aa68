import { z } from 'zod';
import { securities, servers, steps, throughs, transports, type Rung } from './rung';

/** The fields of a rung in requests to a UE and in results. */
export const rungFields = {
  step: z.literal(steps),
  /** The name of the rung, for a reader. Programs read the other fields, which say all of it. */
  via: z.string(),
  server: z.enum(servers),
  /** The transport between the UE and the server; it is the one inside the tunnel if there is a tunnel. */
  transport: z.enum(transports),
  /** The server's port in the standards. */
  port: z.int().min(1).max(65535),
  /** With `connect` the UE goes inside a tunnel that the web proxy opens. */
  through: z.enum(throughs),
  /** How the UE and the server prove to each other who they are. */
  security: z.enum(securities),
} as const satisfies Record<keyof Rung, z.ZodType>;
