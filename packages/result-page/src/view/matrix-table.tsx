import type { PageCell, PageChange, PageData } from '../data';
import { changesByCell, isMeasured } from '../state/filter';
import { matrixOf, type MatrixGroup } from '../state/matrix';
import { useHref } from './navigation';
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
  const width = matrix.scenarios.reduce((sum, { suites }) => sum + suites.length, 1);
  return (
    <div class="scroll" role="region" aria-label="Matrix, scrolls sideways" tabIndex={0}>
      <table class="matrix">
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
          <Group key={group.variant ?? ''} group={group} firstOf={matrix.scenarios} {...{ width, changes }} />
        ))}
      </table>
    </div>
  );
}

interface GroupProps {
  readonly group: MatrixGroup;
  readonly firstOf: readonly { readonly suites: readonly string[] }[];
  /** Number of columns. */
  readonly width: number;
  readonly changes: ReadonlyMap<string, PageChange>;
}

function Group({ group: { variant, rows }, firstOf, width, changes }: GroupProps) {
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
                <Cell key={cell.id} cell={cell} change={changes.get(cell.id)} />
              ))}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}

/** A link to the cell, with its step, shape and reason in it. */
function Cell({ cell, change }: { readonly cell: PageCell; readonly change: PageChange | undefined }) {
  const href = useHref();
  return (
    <a
      // Without scripts a link to the cell leads here.
      id={`cell=${cell.id}`}
      class={`cell ${cell.outcome} ${isMeasured(cell) ? `step-${cell.traversedAt ?? 'none'}` : ''}`}
      href={href({ cell: cell.id })}
      data-cell={cell.id}
    >
      <span class="mark">
        <Shape outcome={cell.outcome} />
        {cell.to !== undefined && <span class="move">to {cell.to}: </span>}
        <b>{stepMark(cell)}</b>
        <span class="unseen">, {outcomeWords[cell.outcome]}. </span>
      </span>
      <span class="brief">{cell.brief}</span>
      {cell.known !== undefined && <span class="tag known"> known</span>}
      {change !== undefined && <span class={`tag ${change.kind}`}> {changeWords[change.kind]}</span>}
    </a>
  );
}
