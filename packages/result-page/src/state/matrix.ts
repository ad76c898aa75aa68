import type { PageCell, PageData } from '../data';

/** The cells arranged: rows are firewalls, in groups by variant, and columns are suites by scenario. */
export interface Matrix {
  readonly scenarios: readonly MatrixScenario[];
  readonly groups: readonly MatrixGroup[];
}

export interface MatrixScenario {
  readonly id: string;
  readonly title: string;
  readonly suites: readonly string[];
}

export interface MatrixGroup {
  /** Undefined where there is one lab only. */
  readonly variant: string | undefined;
  readonly rows: readonly MatrixRow[];
}

export interface MatrixRow {
  readonly firewall: string;
  readonly title: string;
  /** By the columns; several where the UE moves to several firewalls. */
  readonly slots: readonly (readonly PageCell[])[];
}

/** Arranges cells in the order of the page's lists. What the lists do not have comes after them, so that no cell is lost. */
export function matrixOf(data: PageData, cells: readonly PageCell[]): Matrix {
  const scenarioIds = inOrder(data.scenarios, cells, 'scenario');
  const suiteIds = inOrder(data.suites, cells, 'suite');
  const scenarios = scenarioIds.map((id) => {
    const own = cells.filter(({ scenario }) => scenario === id);
    const suites = suiteIds.filter((suite) => own.some((cell) => cell.suite === suite));
    return { id, title: titleIn(data.scenarios, id), suites };
  });
  const columns = scenarios.flatMap(({ id, suites }) => suites.map((suite) => slotName(id, suite)));
  const variants = [...data.variants, undefined, ...new Set(cells.map(({ variant }) => variant))];
  const groups = [...new Set(variants)].flatMap((variant) => {
    const own = cells.filter((cell) => cell.variant === variant);
    const rows = inOrder(data.firewalls, own, 'firewall').map((firewall) => {
      const slots = new Map(columns.map((name): [string, PageCell[]] => [name, []]));
      for (const cell of own)
        if (cell.firewall === firewall) slots.get(slotName(cell.scenario, cell.suite))!.push(cell);
      return { firewall, title: titleIn(data.firewalls, firewall), slots: [...slots.values()] };
    });
    return rows.length === 0 ? [] : [{ variant, rows }];
  });
  return { scenarios, groups };
}

const slotName = (scenario: string, suite: string): string => JSON.stringify([scenario, suite]);

function inOrder(
  listed: readonly { readonly id: string }[],
  cells: readonly PageCell[],
  name: 'firewall' | 'scenario' | 'suite',
): string[] {
  const occurring = new Set(cells.map((cell) => cell[name]));
  return [...new Set([...listed.map(({ id }) => id), ...occurring])].filter((id) => occurring.has(id));
}

/** Returns the title of an id; the id itself if the list does not have it. */
export const titleIn = (
  listed: readonly { readonly id: string; readonly title: string }[],
  id: string,
): string => listed.find((entry) => entry.id === id)?.title ?? id;
