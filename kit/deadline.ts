/** Milliseconds that a time at which this process stands still can take from a deadline at most. */
const stepMs = 1000;

/**
 * Waits for work, but no longer than some time. The work itself goes on after that; its result or failure is ignored.
 *
 * The time is that in which this process runs. A machine that stands still, or a write to a busy disk, takes a step of
 * one second from it at most, because nobody could answer in that time, or be heard.
 *
 * @param ms how long, in milliseconds
 * @param late makes the error for when the time is over
 * @throws what `late` makes, or what the work throws
 */
export async function within<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    const step = (leftMs: number): void => {
      // What has arrived before the last millisecond is read before it ends.
      const nextMs = leftMs > stepMs ? stepMs : Math.max(leftMs - 1, 1);
      timer = setTimeout(() => (leftMs > nextMs ? step(leftMs - nextMs) : reject(late())), nextMs);
    };
    step(ms);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}
