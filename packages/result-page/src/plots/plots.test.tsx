import fc from 'fast-check';
import { renderToString } from 'preact-render-to-string';
import { SaxesParser } from 'saxes';
import type { PageAttempt, PageCell, PageData } from '../data';
import { byConnect, cellPage, passedAttempt } from '../testing/cell-fixture';
import { MeasurementPlots } from './measurement-plots';
import { plotFiles } from './plot-files';
import { plotsOf } from './plots';

/** An attempt that passed, with some measurements. */
const attempt = (
  measurements: Record<string, number | string>,
  changes: Partial<PageAttempt> = {},
): PageAttempt => ({
  ...passedAttempt,
  ...changes,
  measurements: Object.entries(measurements).map(([name, value]) => ({ name, value, unit: 'ms' })),
});

const cell = (
  scenario: string,
  attempts: readonly PageAttempt[],
  changes: Partial<PageCell> = {},
): PageCell => ({
  ...byConnect,
  ...{ scenario, attempts },
  ...changes,
});

const page = (...cells: PageCell[]): PageData => cellPage({ cells });

/** Title of the row, name of the series, values, median. */
const lanesOf = (data: PageData, plot: string): unknown[] => {
  const { rows, series } = plotsOf(data, data.cells).find(({ name }) => name === plot)!;
  return rows.flatMap(({ title, lanes }) =>
    lanes.map(({ series: index, values, median }) => [title, series[index], values, median]),
  );
};

it('plots how long a registration took, by step and firewall, and only those that passed', () => {
  const data = page(
    cell('register', [
      attempt({}, { step: 3, durationMs: 90 }),
      attempt({}, { step: 3, durationMs: 50, round: 2 }),
      attempt({}, { step: 3, durationMs: 70, round: 3 }),
      attempt({}, { step: 1, durationMs: 32_000, verdict: 'blocked' }),
    ]),
    cell('register', [attempt({}, { step: 1, durationMs: 12 }), attempt({}, { step: 3, durationMs: 40 })], {
      firewall: '3',
    }),
    cell('message', [attempt({}, { durationMs: 1 })]),
  );
  expect(lanesOf(data, 'time-to-register')).toEqual([
    ['3 no SIP ports', 'step 1', [12], 12],
    ['3 no SIP ports', 'step 3', [40], 40],
    ['8 mandatory web proxy', 'step 3', [50, 70, 90], 70],
  ]);
});

it('takes each measurement into its plot and series', () => {
  const data = page(
    cell('call', [
      attempt({
        ...{
          'outgoing-time-to-media': 44,
          'incoming-time-to-media': 31,
          'outgoing-time-to-media-at-peer': 99,
        },
        ...{ 'outgoing-jitter-in-mean': 3.5, 'incoming-jitter-in-mean': 2.5, 'outgoing-jitter-out-mean': 1 },
        ...{ 'outgoing-jitter-in-max': 77, 'outgoing-mos': 4.41, 'outgoing-codec': 'PCMA' },
        ...{ 'bytes-per-packet-pcma': 202.3, 'bytes-per-packet-amr-wb': 75.4 },
      }),
    ]),
    cell('access-change', [attempt({ 'left-mos': 4.2 }, { at: '3' })]),
  );
  const at8 = '8 mandatory web proxy';
  expect(lanesOf(data, 'call-set-up')).toEqual([
    [at8, 'call of the UE', [44], 44],
    [at8, 'call to the UE', [31], 31],
  ]);
  expect(lanesOf(data, 'jitter')).toEqual(
    [
      [at8, 'heard by the UE', [2.5, 3.5], 3],
      [at8, 'heard by the peer', [1], 1],
    ].sort(([, one], [, other]) => (String(one) < String(other) ? -1 : 1)),
  );
  expect(lanesOf(data, 'mos')).toEqual([
    ['3 no SIP ports', 'leg of a call that moves', [4.2], 4.2],
    [at8, 'call of the UE', [4.41], 4.41],
  ]);
  expect(lanesOf(data, 'overhead')).toEqual([
    [at8, 'G.711', [202.3], 202.3],
    [at8, 'size of AMR-WB at 12.65 kbit/s', [75.4], 75.4],
  ]);
});

it('does not draw what there is nothing to plot of', () => {
  const data = page(cell('msrp', [attempt({ 'throughput-out': 200, 'outgoing-mos': NaN })]));
  expect(plotsOf(data, data.cells)).toEqual([]);
  expect(renderToString(<MeasurementPlots data={data} cells={data.cells} />)).toBe('');
  expect(plotFiles(data)).toEqual([]);
});

it('shows every point and the median, says how many there are, and names axis and unit', () => {
  const times = [50, 70, 90, 100];
  const data = page(
    cell(
      'register',
      times.map((durationMs) => attempt({}, { durationMs, step: 3 })),
    ),
  );
  const html = renderToString(<MeasurementPlots data={data} cells={data.cells} />).replaceAll('<!-- -->', '');
  // One more for the legend, of the marks and of the bar of the median.
  expect(html.match(/<path /g)).toHaveLength(times.length + 1);
  expect(html.match(/<rect /g)).toHaveLength(1 + 1);
  expect(html).toContain('>median 80, n 4</text>');
  expect(html).toContain('>time, ms</text>');
  expect([...html.matchAll(/<td[^>]*>([^<]*)</g)].map(([, text]) => text)).toEqual([
    ...['step 3', '4', '50', '80', '100'],
  ]);
  expect(html).not.toMatch(/\sstyle=/);
});

it('says that an axis is logarithmic, and what is together in a row', () => {
  const data = page(
    cell('register', [attempt({}, { durationMs: 3, step: 1 })]),
    cell('register', [attempt({}, { durationMs: 32_000, step: 1 })], { suite: 'null' }),
  );
  const html = renderToString(<MeasurementPlots data={data} cells={data.cells} />);
  expect(html).toContain('>time, ms (logarithmic)</text>');
  expect(html).toContain('The suites aes, null are together.');
});

it('makes files that stand alone, whatever a catalogue says', () => {
  const hostile = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(
      hostile,
      hostile,
      fc.constantFrom('"><script>alert(1)</script>', ']]>', '&x;'),
      (id, title, bad) => {
        const data = {
          ...page(cell('register', [attempt({})], { firewall: id })),
          firewalls: [{ id, title: title + bad, source: '', confidence: '', rules: [] }],
        };
        const [file, ...others] = plotFiles(data);
        expect([file!.name, others]).toEqual(['time-to-register.svg', []]);
        expect(elementsOf(file!.svg)).toEqual(new Set(['svg', 'g', 'line', 'path', 'rect', 'text']));
      },
    ),
  );
});

/** The names of the elements. @throws if it is not well-formed XML with namespaces */
function elementsOf(xml: string): Set<string> {
  const names = new Set<string>();
  const parser = new SaxesParser({ xmlns: true });
  parser.on('opentag', ({ name, uri }) => {
    expect(uri).toBe('http://www.w3.org/2000/svg');
    names.add(name);
  });
  parser.on('error', (error) => {
    throw error;
  });
  parser.write(xml).close();
  return names;
}
