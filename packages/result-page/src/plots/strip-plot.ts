import type { PageData } from '../data';

/** What a plot shows: for each row, such as a firewall, the values that were measured, in one or several series. */
export interface StripPlot {
  /** In file names and as the id in the page: `time-to-register`. */
  readonly name: string;
  readonly title: string;
  /** What a point is, in a sentence. */
  readonly note: string;
  /** The quantity on the axis, without its unit. */
  readonly quantity: string;
  readonly unit: string;
  /** Smallest and largest value of the axis where the quantity has such. */
  readonly bounds?: readonly [number, number];
  /** Values to compare with, such as the size of a packet without overhead. */
  readonly marks: readonly { readonly value: number; readonly title: string }[];
  /** Those that have values, each in the order in which the legend has them. */
  readonly series: readonly string[];
  readonly rows: readonly StripRow[];
}

export interface StripRow {
  readonly title: string;
  /** Those of the plot's series that have values in this row. */
  readonly lanes: readonly StripLane[];
}

export interface StripLane {
  /** Index in the plot's series. */
  readonly series: number;
  /** From the smallest on. */
  readonly values: readonly number[];
  readonly median: number;
}

/** A value of a plot before it has its place. */
export interface PlotPoint {
  /** Id of the firewall. */
  readonly firewall: string;
  readonly series: string;
  readonly value: number;
}

/** Puts points into the rows of their firewalls, in the catalogue's order, and into the lanes of their series. */
export function rowsOf(
  { firewalls }: Pick<PageData, 'firewalls'>,
  points: readonly PlotPoint[],
  series: readonly string[],
): StripRow[] {
  const titles = new Map(firewalls.map(({ id, title }) => [id, title === id ? id : `${id} ${title}`]));
  const ids = new Set([...titles.keys(), ...points.map(({ firewall }) => firewall)]);
  return [...ids]
    .map((id) => ({
      title: titles.get(id) ?? id,
      lanes: lanesOf(
        points.filter(({ firewall }) => firewall === id),
        series,
      ),
    }))
    .filter(({ lanes }) => lanes.length > 0);
}

function lanesOf(points: readonly PlotPoint[], series: readonly string[]): StripLane[] {
  return series.flatMap((name, index) => {
    const values = points
      .filter((point) => point.series === name)
      .map(({ value }) => value)
      .sort((one, other) => one - other);
    return values.length === 0 ? [] : [{ series: index, values, median: medianOf(values) }];
  });
}

/** @param sorted at least one number, from the smallest on */
function medianOf(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}
