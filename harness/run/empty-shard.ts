import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { takeFolder } from './run-folder';

/** The file in the folder of a shard that has nothing to measure. */
const emptyShardName = 'shard-empty';

/**
 * Leaves word in the folder of a shard that has nothing to measure, so that whoever merges the shards does not
 * wait for it.
 *
 * @throws LabError `OUT_NOT_EMPTY`, `OUT_NOT_WRITABLE`
 */
export const leaveEmptyShard = (out: string): Promise<unknown> => takeFolder(out, emptyShardName);

/** Says whether the shard of this folder had nothing to measure. */
export const isEmptyShard = (folder: string): boolean => existsSync(join(folder, emptyShardName));
