import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { installation, programPath } from '../../../nodes/installation';
import { dockerfileOf } from './dockerfile';
import { programFolder, type ImageDefinition } from './image-definitions';

/**
 * The tag of an image: the project's version, and a hash of what goes into it; of Node the version stands for the content. It
 * is Node's whole version: whoever runs the lab on another Node than the images have is told to build them.
 *
 * @param project the project's folder, built
 * @param node the version of the Node that runs the lab
 */
export function tagOf(image: ImageDefinition, project = installation, node = process.version): string {
  const hash = createHash('sha256');
  const add = (what: string, content: string | Buffer): void => {
    // The length tells apart what would run into each other.
    hash.update(`${what} ${content.length}\n`).update(content);
  };
  add('Dockerfile', dockerfileOf(image));
  for (const [program, { argv, pattern }] of Object.entries(image.questions))
    add('question', `${program}: ${argv.join(' ')} ${pattern.source}`);
  if (image.own) add('node', node);
  for (const file of ownFiles(image)) add(file, readBuilt(join(project, 'dist', file)));
  return `${versionOf(project)}-${hash.digest('hex').slice(0, 10)}`;
}

/** The project's version. */
export const versionOf = (project = installation): string =>
  (JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { version: string }).version;

/**
 * The build context beside the Dockerfile: what it copies, which is the Node that runs this and some of the work tree.
 *
 * @returns the name in the context, and the file whose content it has
 */
export function contextOf(image: ImageDefinition, project = installation): ReadonlyMap<string, string> {
  const context = new Map<string, string>();
  if (image.own) context.set('bin/node', process.execPath);
  for (const file of ownFiles(image)) context.set(`app/${file}`, join(project, 'dist', file));
  return context;
}

/**
 * The lab's own programs in an image, and the licences of what is in them; relative to `dist`. Not how V8 compiles them: that
 * is another each time, and starting a container takes longer.
 */
function ownFiles({ own }: ImageDefinition): string[] {
  if (!own) return [];
  return ['programs/LICENSES.txt', ...own.flatMap((name) => [programPath(name), `programs/code/${name}.js`])];
}

/** A file of the project that the build makes. @throws Error when it was not made */
function readBuilt(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    throw new Error(`${file} is not there; run npx nimsfw setup`);
  }
}

const compiled = `${resolve(installation, 'dist')}/`;

/** A command as it is in an image: the lab's own programs lie elsewhere there than on this machine. */
export function inImage(argv: readonly string[]): string[] {
  return argv.map((word) => {
    if (word === process.execPath) return 'node';
    return word.startsWith(compiled) ? join(programFolder, word.slice(compiled.length)) : word;
  });
}
