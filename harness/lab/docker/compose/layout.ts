import { join } from 'node:path';
import { programPath } from '../../../../nodes/installation';
import type { ProbeRequest } from '../../../../nodes/ue/protocol';
import { programFolder } from '../image-definitions';

/** Where things lie in the containers of Compose; the file is made from it, and so are the scripts that run in them. */
export const composeFolders = {
  /** What a node was given by `setup`: a volume of its own, read-only. It copies it to the folder that it works in. */
  given: '/etc/nimsfw',
  /** In `setup`: a folder for each node, which is that node's volume. */
  nodes: '/nodes',
  /** In `setup`: a volume that no other container has. */
  secrets: '/secrets',
} as const;

/** In a node's {@link composeFolders.given}: the script that starts it. */
export const startFile = 'start';

/** In the peer's {@link composeFolders.given}: how one sees that the core serves, a list of {@link CoreProbe}. */
export const probesFile = 'probes.json';

/** What a node of the core is asked, and where. */
export interface CoreProbe extends Pick<ProbeRequest, 'kind' | 'at'> {
  readonly node: string;
}

/** Where the image `ue` has the programs of this folder, beside the UE. */
export const programInImage = (name: 'setup' | 'ready'): string =>
  join(programFolder, programPath(`compose-${name}`));
