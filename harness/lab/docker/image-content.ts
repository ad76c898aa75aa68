import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { dockerfileOf } from './dockerfile';
import { programFolder, type ImageDefinition } from './image-definitions';

/** The top of the project; this file runs from `dist/harness/lab/docker`. */
export const projectFolder = resolve(__dirname, '../../../..');

/** Compiled files that no image needs. */
const isTest = (file: string): boolean => /\.test\.js$|(?:^|\/)testing\//.test(file);

/** One npm package as it is installed. */
interface InstalledPackage {
  /** Relative to the project, e.g. `node_modules/jssip/node_modules/debug`. */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
}

/**
 * The tag of an image: the project's version, and a hash of what goes into it. Reads some forty small files, since a
 * run asks it too; of npm packages and of Node the version stands for the content. It is Node's whole version: whoever runs
 * the lab on another Node than the images have is told to build them.
 *
 * @param project the project's folder, built
 * @param node the version of the Node that runs the lab
 */
export function tagOf(image: ImageDefinition, project = projectFolder, node = process.version): string {
  const hash = createHash('sha256');
  const add = (what: string, content: string | Buffer): void => {
    // The length tells apart what would run into each other.
    hash.update(`${what} ${content.length}\n`).update(content);
  };
  add('Dockerfile', dockerfileOf(image));
  for (const [program, { argv, pattern }] of Object.entries(image.questions))
    add('question', `${program}: ${argv.join(' ')} ${pattern.source}`);
  if (image.own) add('node', node);
  for (const file of ownFiles(image, project)) add(file, readFileSync(join(project, 'dist', file)));
  for (const { folder, name, version } of installedPackages(image, project))
    add(folder, `${name}@${version}`);
  return `${versionOf(project)}-${hash.digest('hex').slice(0, 10)}`;
}

/** The project's version. */
export const versionOf = (project = projectFolder): string => readJson(join(project, 'package.json')).version;

/**
 * The build context beside the Dockerfile: what it copies, which is the Node that runs this and some of the work tree.
 *
 * @returns the name in the context, and the file whose content it has
 */
export function contextOf(image: ImageDefinition, project = projectFolder): ReadonlyMap<string, string> {
  const context = new Map<string, string>();
  if (image.own) context.set('bin/node', process.execPath);
  for (const file of ownFiles(image, project)) context.set(`app/${file}`, join(project, 'dist', file));
  for (const { folder } of installedPackages(image, project))
    for (const file of filesBelow(join(project, folder)).filter(isForRunning))
      context.set(`app/${folder}/${file}`, join(project, folder, file));
  return context;
}

const isForRunning = (file: string): boolean =>
  /\.(?:c?js|json)$|(?:^|\/)licen[cs]e[^/]*$/i.test(file) && !/(?:^|\/)node_modules\//.test(file);

/** The lab's own programs and modules in an image, relative to `dist`. */
function ownFiles({ own }: ImageDefinition, project: string): string[] {
  const whole = (own?.folders ?? []).flatMap(({ path, but }) =>
    filesBelow(join(project, 'dist', path))
      .filter((file) => file.endsWith('.js') && !isTest(file) && !but.test(file))
      .map((file) => join(path, file)),
  );
  return withLoaded([...whole, ...(own?.programs ?? [])], project);
}

/** These files with all that they load. */
function withLoaded(files: readonly string[], project: string): string[] {
  const found = new Set<string>();
  const visit = (file: string): void => {
    if (found.has(file)) return;
    found.add(file);
    for (const other of filesLoadedBy(file, project)) visit(other);
  };
  for (const file of files) visit(file);
  return [...found].sort();
}

/** Files of the project that a compiled file loads, the two relative to `dist`. */
function filesLoadedBy(file: string, project: string): string[] {
  const path = join(project, 'dist', file);
  const required = createRequire(path);
  const names = [...readFileSync(path, 'utf8').matchAll(/\brequire\("(\.[^"]+)"\)/g)];
  return names.map(([, name]) => relative(join(project, 'dist'), required.resolve(name!)));
}

/** The npm packages of an image and theirs, found the way Node finds them. */
function installedPackages({ own }: ImageDefinition, project: string): InstalledPackage[] {
  const found = new Map<string, InstalledPackage>();
  const visit = (wanted: string, from: string): void => {
    const folder = locate(wanted, from, project);
    if (found.has(folder)) return;
    const { name, version, dependencies = {} } = readJson(join(folder, 'package.json'));
    found.set(folder, { folder: relative(project, folder), name, version });
    for (const dependency of Object.keys(dependencies)) visit(dependency, folder);
  };
  for (const name of own?.npm ?? []) visit(name, project);
  return [...found.values()].sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

function locate(name: string, from: string, project: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
    if (folder === project || folder === dirname(folder))
      throw new Error(`the package ${name} is not installed in ${project}; run node bin/setup.mjs`);
  }
}

/** Names relative to the folder, sorted. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function readJson(file: string): PackageJson {
  return JSON.parse(readFileSync(file, 'utf8')) as PackageJson;
}

const compiled = `${resolve(projectFolder, 'dist')}/`;

/** A command as it is in an image: the lab's own programs lie elsewhere there than on this machine. */
export function inImage(argv: readonly string[]): string[] {
  return argv.map((word) => {
    if (word === process.execPath) return 'node';
    return word.startsWith(compiled) ? join(programFolder, word.slice(compiled.length)) : word;
  });
}
