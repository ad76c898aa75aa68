import { useState } from 'preact/hooks';
import type { PageCell, PageChange, PageData } from '../data';
import { changesByCell, isMeasured } from '../state/filter';
import { matrixOf, type MatrixGroup } from '../state/matrix';
import { linkBeside } from './arrow-keys';
import { useHref, useNavigation } from './navigation';
import { Shape } from './shapes';
import { changeWords, outcomeWords, stepMark } from './words';

export interface MatrixTableProps {
  readonly data: PageData;
  /** Those of its cells that are shown. */
  readonly cells: readonly PageCell[];
}

/** Firewalls by scenario and suite: what got through, how that compares with what was expected, and why. */
export function MatrixTable({ data, cells }: MatrixTableProps) {
  const matrix = matrixOf(data, cells);
  const changes = changesByCell(data);
  const { go } = useNavigation();
  // One stop of the Tab key; arrow keys go on from it. Without scripts each cell is a stop.
  const [last, setLast] = useState<string>();
  const stop = cells.find(({ id }) => id === last)?.id ?? matrix.groups[0]?.rows[0]?.slots.flat()[0]?.id;
  const rows = matrix.groups.reduce((sum, group) => sum + group.rows.length, 0);
  const width = matrix.scenarios.reduce((sum, { suites }) => sum + suites.length, 1);
  if (cells.length === 0) return <p class="nothing">No cell is so.</p>;
  return (
    <>
      <div class={`matrix-scroll ${rows > 16 ? 'long' : ''}`} role="region" aria-label="Matrix" tabIndex={0}>
        <table
          class="matrix"
          onFocusIn={({ target }) => go && setLast(cellOf(target))}
          onKeyDown={(event) => {
            const link = go && event.target instanceof HTMLElement && linkBeside(event.target, event.key);
            if (!link) return;
            event.preventDefault();
            link.focus();
          }}
        >
          <caption class="unseen">
            The step at which each firewall was got through, by scenario and suite, and the reason
          </caption>
          <thead>
            <tr>
              <th rowSpan={2} scope="col">
                Firewall
              </th>
              {matrix.scenarios.map(({ id, title, suites }) => (
                <th key={id} colSpan={suites.length} scope="colgroup" class="first" title={title}>
                  {id}
                </th>
              ))}
            </tr>
            <tr>
              {matrix.scenarios.flatMap(({ id, suites }) =>
                suites.map((suite, index) => (
                  <th key={`${id} ${suite}`} scope="col" class={index === 0 ? 'first' : undefined}>
                    {suite}
                  </th>
                )),
              )}
            </tr>
          </thead>
          {matrix.groups.map((group) => (
            <Group
              key={group.variant ?? ''}
              group={group}
              firstOf={matrix.scenarios}
              stop={go && stop}
              {...{ width, changes }}
            />
          ))}
        </table>
      </div>
      {go && (
        <p class="hint">
          A cell is a link to all that is known of it. Arrow keys go from cell to cell, Enter opens one,
          Escape comes back.
        </p>
      )}
    </>
  );
}

/** Returns the id of the cell whose link an element is. */
const cellOf = (target: EventTarget | null): string | undefined =>
  target instanceof HTMLElement ? target.dataset.cell : undefined;

interface GroupProps {
  readonly group: MatrixGroup;
  readonly firstOf: readonly { readonly suites: readonly string[] }[];
  /** Number of columns. */
  readonly width: number;
  readonly changes: ReadonlyMap<string, PageChange>;
  /** Id of the cell that the Tab key stops at; undefined if it stops at each. */
  readonly stop: string | undefined;
}

function Group({ group: { variant, rows }, firstOf, width, changes, stop }: GroupProps) {
  const isFirst = firstOf.flatMap(({ suites }) => suites.map((_, index) => index === 0));
  return (
    <tbody>
      {variant !== undefined && (
        <tr class="variant">
          <th scope="rowgroup" colSpan={width}>
            <span>{variant}</span>
          </th>
        </tr>
      )}
      {rows.map(({ firewall, title, slots }) => (
        <tr key={firewall}>
          <th scope="row">
            <b>{firewall}</b> {title !== firewall && <span>{title}</span>}
          </th>
          {slots.map((cells, column) => (
            <td key={column} class={isFirst[column] ? 'first' : undefined}>
              {cells.map((cell) => (
                <Cell
                  key={cell.id}
                  cell={cell}
                  change={changes.get(cell.id)}
                  isStop={stop === undefined || stop === cell.id}
                />
              ))}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}

interface CellProps {
  readonly cell: PageCell;
  readonly change: PageChange | undefined;
  readonly isStop: boolean;
}

/** A link to the cell, with its step, shape and reason in it. */
function Cell({ cell, change, isStop }: CellProps) {
  const href = useHref();
  return (
    <a
      // Without scripts a link to the cell leads here.
      id={`cell=${cell.id}`}
      class={`cell ${cell.outcome} ${isMeasured(cell) ? `step-${cell.traversedAt ?? 'none'}` : ''}`}
      href={href({ cell: cell.id })}
      data-cell={cell.id}
      tabIndex={isStop ? undefined : -1}
    >
      <span class="mark">
        <Shape outcome={cell.outcome} />
        {cell.to !== undefined && <span>to {cell.to} </span>}
        <b>{stepMark(cell)}</b>
        <span class="unseen">, {outcomeWords[cell.outcome]}. </span>
      </span>
      <span class="brief">{cell.brief}</span>
      {cell.known !== undefined && <span class="tag known"> known</span>}
      {change !== undefined && <span class={`tag ${change.kind}`}> {changeWords[change.kind]}</span>}
    </a>
  );
}
