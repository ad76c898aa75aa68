import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it, as `mkdir -p` does. Node's own `recursive` does not end where a file system says
 * of every folder that it is not there and cannot be made, as /proc does for a process that has ended.
 *
 * @param path absolute
 * @returns the outermost folder that was made; undefined when all were there
 * @throws NodeJS.ErrnoException
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  const first = await tryToMake(path);
  if (first === undefined) return path;
  if (first.code === 'EEXIST') {
    if (!(await stat(path)).isDirectory()) throw first;
    return undefined;
  }
  if (first.code !== 'ENOENT' || dirname(path) === path) throw first;
  const outermost = await makeFolder(dirname(path));
  const second = await tryToMake(path);
  // Somebody else may have made it in between.
  if (second && second.code !== 'EEXIST') throw second;
  return outermost ?? path;
}

async function tryToMake(path: string): Promise<NodeJS.ErrnoException | undefined> {
  try {
    await mkdir(path);
    return undefined;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}
