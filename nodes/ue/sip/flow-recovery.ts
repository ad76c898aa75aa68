import { messageOf } from '../failure';

/** RFC 5626 4.5: base-time in milliseconds where all flows have failed, and where one has not; and max-time. */
const baseMs = { all: 30_000, some: 90_000 } as const;
const mostMs = 1_800_000;

/**
 * Returns the milliseconds that a UE waits before it tries to form a flow anew (RFC 5626 4.5): none for a flow that had
 * worked; else between half and all of an upper bound that doubles with each failure.
 * @param failures how often that has failed, one time after the other
 * @param random returns a number from 0 to 1
 * @param flows which flows of the UE have failed
 */
export function retryDelay(
  failures: number,
  random: () => number = Math.random,
  flows: keyof typeof baseMs = 'all',
): number {
  if (failures === 0) return 0;
  const upper = Math.min(mostMs, baseMs[flows] * 2 ** failures);
  return upper * (0.5 + 0.5 * random());
}

export interface RecoveryOptions {
  /** Ends the tries. */
  readonly signal: AbortSignal;
  /** Takes a line about each try that failed. */
  readonly note: (text: string) => void;
  readonly random?: () => number;
}

/**
 * Registers over a new flow in place of one that was lost: at once, and then again and again at the intervals of RFC 5626
 * 4.5. It never rejects.
 * @returns whether it has registered; false if it was to end before
 */
export async function recoverFlow(
  register: () => Promise<unknown>,
  { signal, note, random }: RecoveryOptions,
): Promise<boolean> {
  for (let failures = 0, delay = 0; !signal.aborted; delay = retryDelay(failures, random)) {
    if (delay > 0) await passing(delay, signal);
    if (signal.aborted) break;
    try {
      await register();
      return true;
    } catch (error) {
      failures += 1;
      note(`the flow could not be formed anew, ${failures} in a row: ${messageOf(error)}`);
    }
  }
  return false;
}

/** Resolves after some time, or when the signal comes. */
function passing(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
