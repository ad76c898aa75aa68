/**
 * Waits for work, but no longer than some time. The work itself goes on; what becomes of it then is nobody's concern.
 *
 * @param ms how long, in milliseconds
 * @param late what it comes to when the time is over
 * @throws what `late` makes, or the work
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
