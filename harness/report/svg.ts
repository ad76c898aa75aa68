import { plotFiles } from 'nimsfw-result-page';
import { readPageData } from './page/read-page-data';
import type { ReporterKind } from './reporter';

/** Writes each plot of the page as a file of its own, for a paper. */
export const svg: ReporterKind = {
  name: 'svg',
  files: async (result, places) =>
    plotFiles(await readPageData(result, places)).map(({ name, svg }) => ({
      path: `plots/${name}`,
      text: svg,
    })),
};
