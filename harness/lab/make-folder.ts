import { chmod, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it, as `mkdir -p` does. Node's own `recursive` does not end where a file system says
 * of every folder that it is not there and cannot be made, as /proc does for a process that has ended.
 *
 * @param path absolute
 * @param mode of each folder that is made, whatever the umask; by default as the umask has it
 * @returns the outermost folder that was made; undefined when all were there
 * @throws NodeJS.ErrnoException
 */
export async function makeFolder(path: string, mode?: number): Promise<string | undefined> {
  const first = await tryToMake(path, mode);
  if (first === undefined) return path;
  if (first.code === 'EEXIST') {
    if (!(await stat(path)).isDirectory()) throw first;
    return undefined;
  }
  if (first.code !== 'ENOENT' || dirname(path) === path) throw first;
  const outermost = await makeFolder(dirname(path), mode);
  const second = await tryToMake(path, mode);
  // Somebody else may have made it in between.
  if (second && second.code !== 'EEXIST') throw second;
  return outermost ?? path;
}

async function tryToMake(path: string, mode: number | undefined): Promise<NodeJS.ErrnoException | undefined> {
  try {
    await mkdir(path);
    if (mode !== undefined) await chmod(path, mode);
    return undefined;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}
