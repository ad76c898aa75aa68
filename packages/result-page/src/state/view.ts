import type { PageOutcome } from '../data';

/** What of a page is shown. It is the fragment of the address, so that every view has an address of its own. */
export interface View {
  readonly filter: Filter;
  /** Id of the cell that is shown. */
  readonly cell?: string;
  /** Id of the attempt of that cell that is shown. */
  readonly attempt?: string;
  /** Id of the element that is scrolled to. */
  readonly at?: string;
}

/** What cells are shown: those that have one of the values of every list that is not empty. */
export interface Filter {
  readonly variant: readonly string[];
  readonly firewall: readonly string[];
  readonly scenario: readonly string[];
  readonly suite: readonly string[];
  readonly outcome: readonly (PageOutcome | 'known' | 'changed')[];
  /** `1`, `2`, `3`, or `none` for a cell that no step got through. */
  readonly step: readonly string[];
  /** Words that all occur in the texts of a cell. */
  readonly text: string;
}

/** The lists of a filter, as they are called in the address. */
export const filterLists = ['variant', 'firewall', 'scenario', 'suite', 'outcome', 'step'] as const;
export type FilterList = (typeof filterLists)[number];

export const noFilter: Filter = {
  variant: [],
  firewall: [],
  scenario: [],
  suite: [],
  outcome: [],
  step: [],
  text: '',
};

export const plainView: View = { filter: noFilter };

/** Says whether a filter leaves nothing out. */
export const isEmpty = (filter: Filter): boolean =>
  filter.text.trim() === '' && filterLists.every((name) => filter[name].length === 0);

/**
 * Writes a view as the fragment of an address, with the `#`. A section alone is its id, so that the link works in a
 * page without scripts too, as does that of a cell alone.
 */
export function formatView({ filter, cell, attempt, at }: View): string {
  const parts = filterLists
    .filter((name) => filter[name].length > 0)
    .map((name) => `${name}=${filter[name].map(encode).join(',')}`);
  if (filter.text !== '') parts.push(`text=${encode(filter.text)}`);
  if (cell !== undefined) parts.push(`cell=${encode(cell)}`);
  if (attempt !== undefined) parts.push(`attempt=${encode(attempt)}`);
  if (at !== undefined) parts.push(parts.length === 0 ? encode(at) : `at=${encode(at)}`);
  return `#${parts.join('&')}`;
}

/** Reads the fragment of an address. What it does not know, such as a name of a newer page, it leaves out. */
export function parseView(fragment: string): View {
  const text = fragment.replace(/^#/, '');
  if (text !== '' && !text.includes('=')) return { ...plainView, at: decode(text) };
  const values = new Map(
    text.split('&').map((part): [string, string] => {
      const [name = '', ...value] = part.split('=');
      return [name, value.join('=')];
    }),
  );
  const list = (name: string): string[] => (values.get(name) ?? '').split(',').filter(Boolean).map(decode);
  const one = (name: string): string | undefined => list(name)[0];
  const lists = Object.fromEntries(filterLists.map((name) => [name, list(name)]));
  return {
    filter: { ...noFilter, ...(lists as Partial<Filter>), text: decode(values.get('text') ?? '') },
    cell: one('cell'),
    attempt: one('attempt'),
    at: one('at'),
  };
}

/** Leaves what a fragment may have and what makes it readable: `cell=6/register/aes`. */
const encode = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(/%(?:2F|3A)/g, decodeURIComponent);

/** An address that somebody has cut or made by hand is no reason to fail. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
