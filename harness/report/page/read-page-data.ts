import type { PageData } from 'nimsfw-result-page';
import type { RunResult } from '../../judge/result';
import type { RunPlaces } from '../reporter';
import { readSequences } from '../../sequence/read-sequences';
import type { Sequence } from '../../sequence/sequence';
import { pageDataOf } from './page-data';
import { filesOf } from './run-files';

const known = new WeakMap<RunResult, Promise<PageData>>();

/**
 * Arranges a result for its page, with what the files in the folder of its run tell beside it. Reading the captures takes
 * time, so that it is done once of a result: its report and its live view are the same page.
 */
export function readPageData(result: RunResult, places: RunPlaces): Promise<PageData> {
  const data = known.get(result) ?? read(result, places);
  known.set(result, data);
  return data;
}

async function read(result: RunResult, places: RunPlaces): Promise<PageData> {
  const { folder } = places;
  const sequences = folder === undefined ? new Map<string, Sequence>() : await readSequences(folder, result);
  return pageDataOf(result, { files: filesOf(places), sequences });
}
