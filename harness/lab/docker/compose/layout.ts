import { join } from 'node:path';
import { programPath } from '../../../../nodes/installation';
import type { ProbeRequest } from '../../../../nodes/ue/protocol';
import { programFolder } from '../image-definitions';

/**
 * Folders in the containers of Compose. The compose file is made from them, and so are the scripts that run in
 * the containers.
 */
export const composeFolders = {
  /**
   * The files that `setup` gave a node, in a read-only volume of that node. The node copies them to its working
   * folder.
   */
  given: '/etc/nimsfw',
  /** In `setup`: a folder for each node, which is that node's volume. */
  nodes: '/nodes',
  /** In `setup`: the volume with the secrets, which no other container has. */
  secrets: '/secrets',
} as const;

/** In a node's {@link composeFolders.given}: the script that starts it. */
export const startFile = 'start';

/**
 * In the peer's {@link composeFolders.given}: a list of {@link CoreProbe} that shows whether the core serves.
 */
export const probesFile = 'probes.json';

/** A question to a node of the core, and its address. */
export interface CoreProbe extends Pick<ProbeRequest, 'kind' | 'at'> {
  readonly node: string;
}

/** Returns the path of a program of this folder in the image `ue`, beside the UE. */
export const programInImage = (name: 'setup' | 'ready'): string =>
  join(programFolder, programPath(`compose-${name}`));
