import type { PageAttempt, PageCell, PageData } from '../data';
import { rowsOf, type PlotPoint, type StripPlot } from './strip-plot';

/** A plot before it has values. */
interface PlotDefinition extends Pick<StripPlot, 'name' | 'title' | 'note' | 'quantity' | 'unit' | 'bounds'> {
  /** The values of one attempt, each with the name of its series. */
  readonly valuesOf: (
    attempt: PageAttempt,
    cell: PageCell,
  ) => readonly { readonly series: string; readonly value: number }[];
  readonly marks?: StripPlot['marks'];
}

/** Takes measurements by their names, `CALL-jitter-in-mean`, each into the series that a pattern's entry says. */
const measured =
  (...entries: readonly (readonly [RegExp, string])[]): PlotDefinition['valuesOf'] =>
  ({ measurements }) =>
    measurements.flatMap(({ name, value }) => {
      const series = entries.find(([pattern]) => pattern.test(name))?.[1];
      return series === undefined || typeof value !== 'number' ? [] : [{ series, value }];
    });

/** A new plot is one more entry. */
const definitions: readonly PlotDefinition[] = [
  {
    name: 'time-to-register',
    title: 'Time to register',
    note: 'A point is an attempt of the scenario register that passed, from its beginning until its 200 and its NOTIFY had come.',
    ...{ quantity: 'time', unit: 'ms' },
    valuesOf: ({ verdict, step, durationMs }, { scenario }) =>
      scenario === 'register' && verdict === 'passed' ? [{ series: `step ${step}`, value: durationMs }] : [],
  },
  {
    name: 'call-set-up',
    title: 'Call set-up',
    note: 'A point is a call, from its INVITE until the first RTP that the UE heard.',
    ...{ quantity: 'time', unit: 'ms' },
    valuesOf: measured(
      [/^outgoing-time-to-media$/, 'call of the UE'],
      [/^incoming-time-to-media$/, 'call to the UE'],
    ),
  },
  {
    name: 'jitter',
    title: 'Jitter',
    note: 'A point is one direction of a call: the mean of the interarrival jitter of RFC 3550 A.8.',
    ...{ quantity: 'mean jitter', unit: 'ms' },
    valuesOf: measured([/-jitter-in-mean$/, 'heard by the UE'], [/-jitter-out-mean$/, 'heard by the peer']),
  },
  {
    name: 'mos',
    title: 'Quality of speech',
    note: 'A point is a call: MOS by the E-model of ITU-T G.107, for G.711.',
    ...{ quantity: 'MOS', unit: '', bounds: [1, 5] },
    valuesOf: measured(
      [/^outgoing-mos$/, 'call of the UE'],
      [/^incoming-mos$/, 'call to the UE'],
      [/-mos$/, 'leg of a call that moves'],
    ),
  },
  {
    name: 'overhead',
    title: 'What a packet of speech takes',
    note: 'A point is a call: IPv4 bytes on the socket of its media for each packet of 20 ms.',
    ...{ quantity: 'packet', unit: 'bytes' },
    valuesOf: measured(
      [/^bytes-per-packet-pcm[au]$/, 'G.711'],
      [/^bytes-per-packet-amr-wb$/, 'size of AMR-WB at 12.65 kbit/s'],
    ),
    marks: [
      { value: 200, title: 'G.711 over UDP' },
      { value: 73, title: 'AMR-WB over UDP' },
    ],
  },
];

/** The plots of some cells; what there is nothing to plot of is not among them. */
export function plotsOf(data: Pick<PageData, 'firewalls'>, cells: readonly PageCell[]): StripPlot[] {
  return definitions.flatMap(({ valuesOf, marks = [], note, ...words }) => {
    const pointsOf = (cell: PageCell): PlotPoint[] =>
      cell.attempts.flatMap((attempt) =>
        valuesOf(attempt, cell)
          .filter(({ value }) => Number.isFinite(value))
          .map((one) => ({ ...one, firewall: attempt.at ?? cell.firewall })),
      );
    const plotted = cells.filter((cell) => pointsOf(cell).length > 0);
    if (plotted.length === 0) return [];
    const points = plotted.flatMap(pointsOf);
    const series = [...new Set(points.map((point) => point.series))].sort();
    return [
      { ...words, note: `${note}${together(plotted)}`, marks, series, rows: rowsOf(data, points, series) },
    ];
  });
}

/** Says what a row has beside each other, if it has different things. */
function together(cells: readonly PageCell[]): string {
  const different = (values: readonly (string | undefined)[], name: string): string => {
    const unique = [...new Set(values)].filter((value) => value !== undefined);
    return unique.length > 1 ? ` The ${name} ${unique.join(', ')} are together.` : '';
  };
  return (
    different(
      cells.map(({ suite }) => suite),
      'suites',
    ) +
    different(
      cells.map(({ variant }) => variant),
      'labs',
    )
  );
}
