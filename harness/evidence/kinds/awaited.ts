import type { FailureCode } from '../../../nodes/ue/protocol';

/** The failures of a UE that waits for something of the network, which an item shows not to come. */
export const failuresOfWaiting: ReadonlySet<FailureCode> = new Set<FailureCode>(['ABANDONED', 'TIMEOUT']);

/** Milliseconds after an attempt's end within which what it waited for can still be seen to fail. */
export const lateMs = 500;
