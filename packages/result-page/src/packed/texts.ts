import type { PageArrow, PageData, PageSequence } from '../data';

/** A page whose messages in the clear stand apart: an arrow has the number of its message. */
export interface Apart {
  readonly texts: readonly string[];
  readonly page: object;
}

/**
 * Takes the messages in the clear out of a page. Beside each other, where one is much like the next, they compress to less than
 * half of what they take between the numbers of the arrows.
 */
export function apart(data: PageData): Apart {
  const numbers = new Map<string, number>();
  const page = withArrows(data, (arrow) => {
    if (arrow.text === undefined) return arrow;
    const number = numbers.get(arrow.text) ?? numbers.size;
    numbers.set(arrow.text, number);
    return { ...arrow, text: number };
  });
  return { texts: [...numbers.keys()], page };
}

/** Undoes {@link apart}. */
export const together = ({ texts, page }: Apart): PageData =>
  withArrows(page as PageData, (arrow) =>
    arrow.text === undefined ? arrow : { ...arrow, text: texts[Number(arrow.text)] },
  ) as PageData;

/** Changes every arrow of a page. */
function withArrows(data: PageData, change: (arrow: PageArrow) => object): object {
  const changed = (sequence: PageSequence): object => ({ ...sequence, arrows: sequence.arrows.map(change) });
  return {
    ...data,
    cells: data.cells.map((cell) => ({
      ...cell,
      attempts: cell.attempts.map((attempt) =>
        attempt.sequence ? { ...attempt, sequence: changed(attempt.sequence) } : attempt,
      ),
    })),
  };
}
