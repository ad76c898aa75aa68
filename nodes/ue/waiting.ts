import type { ServiceRequest } from './protocol';

/** Returns the milliseconds that an attempt has to talk, in up to two calls, and to be silent, in up to two rounds. */
export const waitingMs = ({ mediaMs = 0, idleMs = 0, idleTimes = 0 }: ServiceRequest): number =>
  2 * mediaMs + 2 * idleMs * (idleTimes + 1);
