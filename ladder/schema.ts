import { z } from 'zod';
import { securities, servers, steps, throughs, transports, type Rung } from './rung';

/** The fields of a rung as they stand in requests to a UE and in results. */
export const rungFields = {
  step: z.literal(steps),
  /** What the rung is called, for a reader; all that is to be known of it is in the other fields. */
  via: z.string(),
  server: z.enum(servers),
  /** Between the UE and the server, inside the tunnel where there is one. */
  transport: z.enum(transports),
  /** The server's. */
  port: z.int().min(1).max(65535),
  /** `connect`: inside a tunnel that the web proxy opens. */
  through: z.enum(throughs),
  /** How the UE and the server prove to each other who they are. */
  security: z.enum(securities),
} as const satisfies Record<keyof Rung, z.ZodType>;
