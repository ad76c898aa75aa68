import { renderToString } from 'preact-render-to-string';
import type { PageData } from '../data';
import { withVisibleTexts } from '../visible-text';
import { PlotFigure } from './plot-figure';
import { plotsOf } from './plots';

/** A plot as a file. */
export interface PlotFile {
  /** `time-to-register.svg` */
  readonly name: string;
  /** A document of its own, which needs neither fonts nor styles, black on transparent. */
  readonly svg: string;
}

/** Makes a file of every plot of a page, for a paper; what there is nothing to plot of has none. */
export function plotFiles(given: PageData): PlotFile[] {
  const data = withVisibleTexts(given);
  return plotsOf(data, data.cells).map((plot) => ({
    name: `${plot.name}.svg`,
    svg: `<?xml version="1.0" encoding="UTF-8"?>\n${asXml(renderToString(<PlotFigure plot={plot} />))}\n`,
  }));
}

/** What HTML allows and XML 1.0 does not: two noncharacters, and the end of a CDATA section in text. */
const asXml = (html: string): string => html.replace(/[\uFFFE\uFFFF]/g, '\uFFFD').replaceAll(']]>', ']]&gt;');
