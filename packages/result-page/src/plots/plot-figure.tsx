import { shorten } from '../shorten';
import { numberWords } from './number-words';
import { chooseScale, type Scale } from './scale';
import { SeriesMark } from './series-mark';
import type { StripLane, StripPlot, StripRow } from './strip-plot';

const left = 190;
const right = 600;
const width = 760;
const laneHeight = 17;
const rowGap = 9;
const headHeight = 58;
const footHeight = 44;
/** About the width of a character, to place the entries of the legend. */
const characterWidth = 6.6;

interface PlacedRow extends StripRow {
  readonly top: number;
}

/**
 * A plot as SVG: a row for each firewall, every value a mark, the median a bar, and on the right how many there are. It
 * has no style of its own but attributes, so that it is the same in the page, whose policy allows no styles, and as a file.
 */
export function PlotFigure({ plot }: { plot: StripPlot }) {
  const values = plot.rows.flatMap(({ lanes }) => lanes.flatMap((lane) => lane.values));
  const shown = marksAmong(plot, values);
  const scale = chooseScale([...values, ...shown.map(({ value }) => value)], {
    ...{ from: left, to: right, bounds: plot.bounds },
  });
  const { rows, bottom } = place(plot.rows);
  const height = bottom + footHeight;
  return (
    <svg
      xmlns="http://www.w3.org/2000/svg"
      class="plot"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      font-family="system-ui, 'Helvetica Neue', Arial, sans-serif"
      font-size="12"
      fill="currentColor"
      role="img"
      aria-label={`${plot.title}: ${plot.note}`}
    >
      <text x={0} y={16} font-size="15" font-weight="600">
        {plot.title}
      </text>
      <Legend series={plot.series} />
      <Grid scale={scale} bottom={bottom} title={axisTitle(plot, scale)} />
      {shown.map(({ value, title }) => (
        <g key={title}>
          <line
            x1={scale.at(value)}
            x2={scale.at(value)}
            y1={headHeight - 4}
            y2={bottom}
            stroke="currentColor"
            stroke-dasharray="5 3"
          />
          <text x={scale.at(value)} y={headHeight - 8} text-anchor="middle" font-size="11">
            {title} {numberWords(value)}
          </text>
        </g>
      ))}
      {rows.map((row) => (
        <Row key={row.title} row={row} scale={scale} />
      ))}
    </svg>
  );
}

/** The marks that lie near what was measured: another codec's would only make the axis longer. */
function marksAmong({ marks }: StripPlot, values: readonly number[]): StripPlot['marks'] {
  const [smallest, largest] = [Math.min(...values), Math.max(...values)];
  return marks.filter(({ value }) => value >= smallest * 0.9 && value <= largest * 1.1);
}

function place(rows: readonly StripRow[]): { rows: PlacedRow[]; bottom: number } {
  let top = headHeight;
  const placed = rows.map((row) => {
    const here = { ...row, top };
    top += row.lanes.length * laneHeight + rowGap;
    return here;
  });
  return { rows: placed, bottom: top };
}

const axisTitle = ({ quantity, unit }: StripPlot, { kind }: Scale): string =>
  [quantity, ...(unit === '' ? [] : [unit])].join(', ') + (kind === 'logarithmic' ? ' (logarithmic)' : '');

function Legend({ series }: { series: readonly string[] }) {
  let x = left;
  return (
    <g>
      {series.map((name, index) => {
        const here = x;
        x += [...name].length * characterWidth + 34;
        return (
          <g key={name}>
            <SeriesMark series={index} x={here + 5} y={30} />
            <text x={here + 15} y={34}>
              {name}
            </text>
          </g>
        );
      })}
      <rect x={x + 2} y={24} width={2.5} height={12} />
      <text x={x + 11} y={34}>
        median
      </text>
    </g>
  );
}

function Grid({ scale, bottom, title }: { scale: Scale; bottom: number; title: string }) {
  return (
    <g>
      {scale.ticks.map((tick) => (
        <g key={tick}>
          <line
            x1={scale.at(tick)}
            x2={scale.at(tick)}
            y1={headHeight - 4}
            y2={bottom}
            stroke="currentColor"
            stroke-opacity="0.16"
          />
          <text x={scale.at(tick)} y={bottom + 15} text-anchor="middle" font-size="11">
            {tick}
          </text>
        </g>
      ))}
      <line x1={left} x2={right} y1={bottom} y2={bottom} stroke="currentColor" />
      <text x={(left + right) / 2} y={bottom + 35} text-anchor="middle">
        {title}
      </text>
    </g>
  );
}

function Row({ row: { title, lanes, top }, scale }: { row: PlacedRow; scale: Scale }) {
  const middle = top + (lanes.length * laneHeight) / 2;
  return (
    <g>
      <text x={left - 12} y={middle + 4} text-anchor="end">
        {shorten(title, 26)}
      </text>
      {lanes.map((lane, index) => (
        <Lane key={lane.series} lane={lane} y={top + (index + 0.5) * laneHeight} scale={scale} />
      ))}
    </g>
  );
}

function Lane({ lane: { series, values, median }, y, scale }: { lane: StripLane; y: number; scale: Scale }) {
  const x = scale.at(median);
  return (
    <g>
      <line x1={left} x2={right} y1={y} y2={y} stroke="currentColor" stroke-opacity="0.1" />
      {values.map((value, index) => (
        <SeriesMark key={index} series={series} x={scale.at(value)} y={y} />
      ))}
      {values.length > 1 && <rect x={x - 1.25} y={y - 8} width={2.5} height={16} />}
      <text x={right + 12} y={y + 4} font-size="11">
        {values.length > 1
          ? `median ${numberWords(median)}, n ${values.length}`
          : `${numberWords(median)}, n 1`}
      </text>
    </g>
  );
}
