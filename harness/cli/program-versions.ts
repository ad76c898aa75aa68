import { versionQuestions } from '../lab/version-questions';
import { thisMachine, type Machine } from './machine';

export { versionQuestions } from '../lab/version-questions';

/**
 * The versions of the programs that a run rests on, for `run.versions` of its result. A program that is missing or
 * does not say its version is left out.
 */
export async function programVersions(machine: Machine = thisMachine()): Promise<Record<string, string>> {
  // The UE runs on the Node that we run on, whatever `node` is in the PATH.
  const { node: _ours, ...others } = versionQuestions;
  const versions = await Promise.all(
    Object.entries(others).map(async ([name, { argv, pattern }]) => {
      const version = pattern.exec((await machine.run(argv)).output)?.[1];
      return version ? [[name, version] as const] : [];
    }),
  );
  return { node: machine.nodeVersion, ...Object.fromEntries(versions.flat()) };
}
