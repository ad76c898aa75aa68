/**
 * Waits for work, but no longer than some time. The work itself goes on after that; its result or failure is ignored.
 *
 * @param ms how long, in milliseconds
 * @param late makes the error for when the time is over
 * @throws what `late` makes, or what the work throws
 */
export async function within<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}
