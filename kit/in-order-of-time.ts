/**
 * Merges sequences whose items have times into one in the order of time. The items of one sequence stay in its order,
 * even if their times do not; of items at the same time, that of the first sequence comes first.
 * @throws the error of a sequence; the others are ended then, and when the caller ends early
 */
export async function* inOrderOfTime<T extends { readonly at: number }>(
  sequences: readonly AsyncIterable<T>[],
): AsyncGenerator<T> {
  const iterators = sequences.map((sequence) => sequence[Symbol.asyncIterator]());
  try {
    const heads = await Promise.all(iterators.map((iterator) => iterator.next()));
    for (;;) {
      let first: number | undefined;
      heads.forEach(({ done, value }, index) => {
        if (!done && (first === undefined || value.at < (heads[first]!.value as T).at)) first = index;
      });
      if (first === undefined) return;
      yield heads[first]!.value as T;
      heads[first] = await iterators[first]!.next();
    }
  } finally {
    await Promise.all(iterators.map(async (iterator) => iterator.return?.()));
  }
}
