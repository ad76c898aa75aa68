import { renderPage } from 'nimsfw-result-page';
import type { RunResult } from '../judge/result';
import { readPageData } from './page/read-page-data';
import type { ReporterKind, RunPlaces } from './reporter';

export const html: ReporterKind = {
  name: 'html',
  format: toHtml,
  file: 'report.html',
  written: 'always',
  readBy: 'people',
};

/**
 * Returns the page of a result: one file that shows everything that is known of a run, and needs no network.
 */
export async function toHtml(result: RunResult, places: RunPlaces): Promise<string> {
  return renderPage(await readPageData(result, places));
}
