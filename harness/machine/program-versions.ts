import { builtInBoxes } from '../../nodes';
import type { Boxes } from '../../nodes/box';
import { programChecks } from './program-checks';
import { thisMachine, type Machine } from './machine';

/**
 * Returns the versions of the programs that a run rests on, for `run.versions` of its result. It leaves out a
 * program that is missing or does not print its version.
 */
export async function programVersions(
  machine: Machine = thisMachine(),
  boxes: Boxes = builtInBoxes,
): Promise<Record<string, string>> {
  const versions = await Promise.all(
    programChecks(machine, boxes).map(async ({ product, version: { argv, pattern } }) => {
      if (product === undefined) return [];
      const version = pattern.exec((await machine.run(argv)).output)?.[1];
      return version ? [[product, version] as const] : [];
    }),
  );
  // The UE runs on the Node of this process, whichever `node` is in the PATH.
  return { node: machine.nodeVersion, ...Object.fromEntries(versions.flat()) };
}
