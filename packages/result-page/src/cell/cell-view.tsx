import type { PageCell, PageData } from '../data';

/** What a cell is shown from. */
export interface CellViewProps {
  readonly data: PageData;
  readonly cell: PageCell;
}

/**
 * One cell: what was tried, in order, and how it ended. A page allows no style attributes (its Content-Security-Policy),
 * so sizes are attributes of SVG or classes. A link to another part of the page is made with {@link useHref}.
 */
export function CellView({ cell }: CellViewProps) {
  return (
    <ol class="attempts">
      {cell.attempts.map((attempt) => (
        <li key={attempt.id}>
          <strong>
            Step {attempt.step}, {attempt.rung}
          </strong>
          : {attempt.verdict}. {attempt.explanation}
        </li>
      ))}
    </ol>
  );
}
