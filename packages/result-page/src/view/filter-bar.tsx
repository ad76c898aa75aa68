import { useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import type { PageData, PageOutcome } from '../data';
import { changesByCell, filterValues, valuesOf } from '../state/filter';
import { filterLists, isEmpty, noFilter, type Filter, type FilterList } from '../state/view';
import { useNavigation } from './navigation';
import { Shape } from './shapes';
import { outcomeWords } from './words';

export interface FilterBarProps {
  readonly data: PageData;
  /** Number of cells that the filter lets through. */
  readonly found: number;
}

/** Chooses which cells are shown. A group of buttons with none pressed leaves nothing out. */
export function FilterBar({ data, found }: FilterBarProps) {
  const { view, go } = useNavigation();
  const { filter } = view;
  const changes = changesByCell(data);
  const put = (change: Partial<Filter>, replace = false): void =>
    go?.({ filter: { ...filter, ...change } }, { replace });
  // On a narrow screen it would push the matrix away, so it is folded there until it is used.
  const [isOpen] = useState(() => matchMedia('(min-width: 40rem)').matches || !isEmpty(filter));
  return (
    <details class="filter-fold" open={isOpen}>
      <summary>Filter</summary>
      <div class="filter" role="search" aria-label="Cells">
        {filterLists.map((name) => {
          const values = filterValues(data, name);
          if (values.length < 2 && filter[name].length === 0) return null;
          return (
            <Group key={name} name={name}>
              {values.map((value) => {
                const isOn = (filter[name] as readonly string[]).includes(value);
                const amount = data.cells.filter((cell) =>
                  valuesOf(cell, name, changes).includes(value),
                ).length;
                return (
                  <button
                    key={value}
                    type="button"
                    aria-pressed={isOn}
                    onClick={() => put({ [name]: toggled(filter[name], value, values) })}
                  >
                    <Label name={name} value={value} />
                    {name === 'outcome' && <span class="amount">{amount}</span>}
                  </button>
                );
              })}
            </Group>
          );
        })}
        <label class="group">
          <span class="name">text</span>
          <input
            type="search"
            value={filter.text}
            placeholder="rule, rung, reason…"
            onInput={({ currentTarget }) => put({ text: currentTarget.value }, true)}
          />
        </label>
        <div class="found">
          <span role="status">
            {found === data.cells.length ? `${found} cells` : `${found} of ${data.cells.length} cells`}
          </span>
          {!isEmpty(filter) && (
            <button type="button" onClick={() => put(noFilter)}>
              Show all
            </button>
          )}
        </div>
      </div>
    </details>
  );
}

function Group({ name, children }: { readonly name: FilterList; readonly children: ComponentChildren }) {
  return (
    <div class="group" role="group" aria-label={name}>
      <span class="name" aria-hidden="true">
        {name}
      </span>
      {children}
    </div>
  );
}

function Label({ name, value }: { readonly name: FilterList; readonly value: string }) {
  if (name !== 'outcome' || !Object.hasOwn(outcomeWords, value)) return <>{value}</>;
  const outcome = value as PageOutcome;
  return (
    <>
      <Shape outcome={outcome} />
      {outcomeWords[outcome]}
    </>
  );
}

/** Adds or removes a value, in the order of the buttons, so that one choice has one address. */
const toggled = (chosen: readonly string[], value: string, values: readonly string[]): string[] => {
  const next = new Set(chosen);
  if (!next.delete(value)) next.add(value);
  return [...values.filter((one) => next.has(one)), ...[...next].filter((one) => !values.includes(one))];
};
