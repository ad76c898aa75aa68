import { renderPage, type PageData } from 'nimsfw-result-page';
import type { RunResult } from '../judge/result';
import { readPageData } from './page/read-page-data';
import type { ReporterKind, RunPlaces } from './reporter';

export const html: ReporterKind = {
  name: 'html',
  format: (result, places) => toHtml(result, places),
  file: 'report.html',
  written: 'always',
  readBy: 'people',
};

/**
 * Returns the page of a result: one file that shows everything that is known of a run, and needs no network.
 *
 * @param comparison what changed against another run, to be shown too
 */
export async function toHtml(
  result: RunResult,
  places: RunPlaces,
  comparison?: PageData['comparison'],
): Promise<string> {
  const data = await readPageData(result, places);
  return renderPage(comparison ? { ...data, comparison } : data);
}
