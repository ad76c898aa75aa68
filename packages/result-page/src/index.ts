export type * from './data';
export { renderPage, type PageOptions } from './document/render-page';
export { plotFiles, type PlotFile } from './plots/plot-files';
