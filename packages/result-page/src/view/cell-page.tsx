import { useEffect, useRef } from 'preact/hooks';
import { CellView } from '../cell/cell-view';
import type { PageCell, PageData } from '../data';
import { titleIn } from '../state/matrix';
import { useHref, useNavigation } from './navigation';
import { Shape } from './shapes';

export interface CellPageProps {
  readonly data: PageData;
  /** Id of the cell, which the address may have from another run. */
  readonly id: string;
  /** The cells that the filter lets through, between which a reader goes on. */
  readonly cells: readonly PageCell[];
}

/** One cell in place of the matrix, with the ways back and to its neighbours. */
export function CellPage({ data, id, cells }: CellPageProps) {
  const { view } = useNavigation();
  const href = useHref();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
  }, [id]);
  const cell = data.cells.find((one) => one.id === id);
  const index = cells.findIndex((one) => one.id === id);
  const before = cells[index - 1];
  const after = index < 0 ? undefined : cells[index + 1];
  return (
    <article class="cell-page">
      <nav class="steps-between" aria-label="Cells">
        <a class="button" href={href({ cell: undefined })} aria-keyshortcuts="Escape">
          ← Matrix
        </a>
        {before && (
          <a class="button" rel="prev" href={href({ cell: before.id })}>
            ‹ {before.id}
          </a>
        )}
        {after && (
          <a class="button" rel="next" href={href({ cell: after.id })}>
            {after.id} ›
          </a>
        )}
      </nav>
      <h2 ref={heading} tabIndex={-1}>
        {cell && <Shape outcome={cell.outcome} />} {id}
      </h2>
      {cell === undefined ? (
        <p class="problem">This run has no cell of that name.</p>
      ) : (
        <>
          <p class="place">
            {[
              ...(cell.variant === undefined ? [] : [cell.variant]),
              titleIn(data.firewalls, cell.firewall),
              ...(cell.to === undefined ? [] : [`then ${titleIn(data.firewalls, cell.to)}`]),
              titleIn(data.scenarios, cell.scenario),
              titleIn(data.suites, cell.suite),
            ].join(' · ')}
          </p>
          <CellView
            data={data}
            cell={cell}
            attempt={view.attempt}
            linkTo={(attempt) => href({ cell: id, attempt })}
          />
        </>
      )}
    </article>
  );
}
