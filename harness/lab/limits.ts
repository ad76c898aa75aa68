import type { Limits } from '../../nodes/box';

/**
 * What a container, or somebody else's command, may take of the machine unless its box says otherwise: several times what
 * any node uses in a run, and too little to take the machine with it.
 */
export const usualLimits: Limits = { memory: 512 * 1024 ** 2, processes: 256 };
