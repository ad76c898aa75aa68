import { useMemo } from 'preact/hooks';
import type { PageCell, PageData } from '../data';
import { numberWords } from './number-words';
import { PlotFigure } from './plot-figure';
import { plotsOf } from './plots';
import type { StripPlot } from './strip-plot';

/** The plots of some cells; nothing if there is nothing to plot. */
export function MeasurementPlots({ data, cells }: { data: PageData; cells: readonly PageCell[] }) {
  const plots = useMemo(() => plotsOf(data, cells), [data, cells]);
  if (plots.length === 0) return null;
  return (
    <div class="plots">
      {plots.map((plot) => (
        <figure key={plot.name} id={`plot-${plot.name}`}>
          {/* It is wider than a phone. */}
          <div class="plot-scroll" tabindex={0} role="group" aria-label={`${plot.title}, plot`}>
            <PlotFigure plot={plot} />
          </div>
          <figcaption>{plot.note}</figcaption>
          <Numbers plot={plot} />
        </figure>
      ))}
    </div>
  );
}

/** The same in numbers. */
function Numbers({ plot: { title, unit, series, rows } }: { plot: StripPlot }) {
  return (
    <details>
      <summary>The numbers{unit === '' ? '' : `, ${unit}`}</summary>
      <div class="plot-scroll" tabindex={0} role="group" aria-label={`${title}, numbers`}>
        <table>
          <thead>
            <tr>
              {['firewall', 'series', 'n', 'smallest', 'median', 'largest'].map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.flatMap((row) =>
              row.lanes.map(({ series: index, values, median }) => (
                <tr key={`${row.title} ${index}`}>
                  <th scope="row">{row.title}</th>
                  <td>{series[index]}</td>
                  {[values.length, values[0]!, median, values.at(-1)!].map((value, column) => (
                    <td key={column} class="number">
                      {numberWords(value)}
                    </td>
                  ))}
                </tr>
              )),
            )}
          </tbody>
        </table>
      </div>
    </details>
  );
}
