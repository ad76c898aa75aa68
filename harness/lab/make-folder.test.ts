import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../testing/cli';
import { makeFolder } from './make-folder';

const folder = temporaryFolder();

it('makes what is missing and says which was the first', async () => {
  expect(await makeFolder(join(folder, 'a/b/c'))).toBe(join(folder, 'a'));
  expect(existsSync(join(folder, 'a/b/c'))).toBe(true);
  expect(await makeFolder(join(folder, 'a/b/d'))).toBe(join(folder, 'a/b/d'));
  expect(await makeFolder(join(folder, 'a/b'))).toBeUndefined();
});

it('gives what it makes a mode, whatever the umask', async () => {
  const umask = process.umask(0o077);
  try {
    await makeFolder(join(folder, 'open/below'), 0o755);
  } finally {
    process.umask(umask);
  }
  for (const name of ['open', 'open/below']) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o755);
});

it('is content when others make the same at the same time', async () => {
  const paths = ['x/y/1', 'x/y/2', 'x/y/3', 'x/y'].map((name) => join(folder, name));
  await Promise.all(paths.map((path) => makeFolder(path)));
  expect(readdirSync(join(folder, 'x/y')).sort()).toEqual(['1', '2', '3']);
});

it('fails where a file is in the way', async () => {
  writeFileSync(join(folder, 'file'), '');
  await expect(makeFolder(join(folder, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeFolder(join(folder, 'file/below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});

// In the folder of a process that has ended, nothing exists and nothing can be created. A lab that ends while a
// node starts meets that.
it('fails at once in /proc', async () => {
  await expect(makeFolder('/proc/no-such-process/root/run')).rejects.toMatchObject({ code: 'ENOENT' });
});
