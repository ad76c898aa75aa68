import { chmod, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Creates a folder and its missing parents, as `mkdir -p` does. Node's own `recursive` never ends when a file
 * system says of every folder that it does not exist and cannot be created, as /proc does for a process that
 * has ended.
 *
 * @param path absolute
 * @param mode of each created folder, whatever the umask is; by default the umask decides
 * @returns the outermost folder that was created; undefined if all of them existed
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
  // Another program may have created it in between.
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
