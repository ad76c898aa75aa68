import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { installation, programPath } from '../../../nodes/installation';
import { dockerfileOf } from './dockerfile';
import { programFolder, type ImageDefinition } from './image-definitions';

/**
 * Returns the tag of an image: the project's version, and a hash of the image's content. For Node, its whole
 * version is hashed instead of its content. A user who runs the lab on another Node than the images have is
 * told to build them.
 *
 * @param project the project's folder, built
 * @param node the version of the Node that runs the lab
 */
export function tagOf(image: ImageDefinition, project = installation, node = process.version): string {
  const hash = createHash('sha256');
  const add = (what: string, content: string | Buffer): void => {
    // The length separates the contents from each other.
    hash.update(`${what} ${content.length}\n`).update(content);
  };
  add('Dockerfile', dockerfileOf(image));
  for (const [program, { argv, pattern }] of Object.entries(image.questions))
    add('question', `${program}: ${argv.join(' ')} ${pattern.source}`);
  if (image.own) add('node', node);
  for (const file of ownFiles(image)) add(file, readBuilt(join(project, 'dist', file)));
  return `${versionOf(project)}-${hash.digest('hex').slice(0, 10)}`;
}

/** Returns the project's version. */
export const versionOf = (project = installation): string =>
  (JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { version: string }).version;

/**
 * Returns the build context without the Dockerfile: the Node that runs this program, and some files of the work
 * tree.
 *
 * @returns the name in the context, and the file with its content
 */
export function contextOf(image: ImageDefinition, project = installation): ReadonlyMap<string, string> {
  const context = new Map<string, string>();
  if (image.own) context.set('bin/node', process.execPath);
  for (const file of ownFiles(image)) context.set(`app/${file}`, join(project, 'dist', file));
  return context;
}

/**
 * Lists the lab's own programs in an image and the licences of their parts, relative to `dist`. The code that
 * V8 compiled is left out, because it differs each time, and starting a container takes longer than compiling.
 */
function ownFiles({ own }: ImageDefinition): string[] {
  if (!own) return [];
  return ['programs/LICENSES.txt', ...own.flatMap((name) => [programPath(name), `programs/code/${name}.js`])];
}

/** Reads a file that the project's build makes. @throws Error if it is missing */
function readBuilt(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    throw new Error(`${file} is not there; run npx nimsfw setup`);
  }
}

const compiled = `${resolve(installation, 'dist')}/`;

/**
 * Returns a command as it is in an image, where the lab's own programs have another folder than on this
 * machine.
 */
export function inImage(argv: readonly string[]): string[] {
  return argv.map((word) => {
    if (word === process.execPath) return 'node';
    return word.startsWith(compiled) ? join(programFolder, word.slice(compiled.length)) : word;
  });
}
