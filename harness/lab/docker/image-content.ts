import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { programFolder, programsOfImage, questionFor, type ImageName } from './image-definitions';

/** The top of the project; this file runs from `dist/harness/lab/docker`. */
export const projectFolder = resolve(__dirname, '../../../..');

/** The npm packages that the UE loads, with what they depend on. */
const uePackages = ['jssip', 'sdp-transform', 'json-rpc-2.0', 'zod'];

/** The images with the lab's own programs, and so with Node. */
export const imagesWithNode: readonly ImageName[] = ['ue', 'firewall'];

/** What docker-compose.yml runs in the UE's image beside nodes. */
const composePrograms = ['setup', 'ready'].map((name) => `harness/lab/docker/compose/${name}.js`);

/** Compiled files in the UE's folder that are the lab's side of it, or tests. */
const notInTheUe = /\.test\.js$|^testing\/|^ue-(?:driver|node)\.js$/;

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
export function tagOf(name: ImageName, project = projectFolder, node = process.version): string {
  const hash = createHash('sha256');
  const add = (what: string, content: string | Buffer): void => {
    // The length tells apart what would run into each other.
    hash.update(`${what} ${content.length}\n`).update(content);
  };
  add('Dockerfile', dockerfileOf(name, project));
  for (const program of programsOfImage[name]) {
    const { argv, pattern } = questionFor(program);
    add('question', `${program}: ${argv.join(' ')} ${pattern.source}`);
  }
  if (imagesWithNode.includes(name)) add('node', node);
  for (const file of ownFiles(name, project)) add(file, readFileSync(join(project, 'dist', file)));
  if (name === 'ue') {
    for (const { folder, name: of, version } of installedPackages(project)) add(folder, `${of}@${version}`);
  }
  return `${versionOf(project)}-${hash.digest('hex').slice(0, 10)}`;
}

/** The project's version. */
export const versionOf = (project = projectFolder): string => readJson(join(project, 'package.json')).version;

/** The text of an image's Dockerfile. */
export function dockerfileOf(name: ImageName, project = projectFolder): string {
  return readFileSync(join(project, 'nodes', name, 'Dockerfile'), 'utf8');
}

/**
 * The build context: the Dockerfile and what it copies, which is the Node that runs this and some of the work tree.
 *
 * @returns the name in the context, and the file whose content it has
 */
export function contextOf(name: ImageName, project = projectFolder): ReadonlyMap<string, string> {
  const context = new Map([['Dockerfile', join(project, 'nodes', name, 'Dockerfile')]]);
  if (imagesWithNode.includes(name)) context.set('bin/node', process.execPath);
  for (const file of ownFiles(name, project)) context.set(`app/${file}`, join(project, 'dist', file));
  if (name !== 'ue') return context;
  for (const { folder } of installedPackages(project))
    for (const file of filesBelow(join(project, folder)).filter(isForRunning))
      context.set(`app/${folder}/${file}`, join(project, folder, file));
  return context;
}

const isForRunning = (file: string): boolean =>
  /\.(?:c?js|json)$|(?:^|\/)licen[cs]e[^/]*$/i.test(file) && !/(?:^|\/)node_modules\//.test(file);

/** The lab's own programs and modules in an image, relative to `dist`. */
function ownFiles(name: ImageName, project: string): string[] {
  if (name === 'ue') return ueFiles(project);
  return name === 'firewall' ? withLoaded([], ['nodes/firewall/inspector/main.js'], project) : [];
}

/** The UE, and what docker-compose.yml runs beside it, which the UE does not use. */
function ueFiles(project: string): string[] {
  const ue = filesBelow(join(project, 'dist/nodes/ue')).filter(
    (file) => file.endsWith('.js') && !notInTheUe.test(file),
  );
  return withLoaded(
    ue.map((file) => join('nodes/ue', file)),
    composePrograms,
    project,
  );
}

/** These files, and these programs with all that they load. */
function withLoaded(files: readonly string[], programs: readonly string[], project: string): string[] {
  const found = new Set(files);
  const visit = (file: string): void => {
    if (found.has(file)) return;
    found.add(file);
    for (const other of filesLoadedBy(file, project)) visit(other);
  };
  for (const program of programs) visit(program);
  return [...found].sort();
}

/** Files of the project that a compiled file loads, the two relative to `dist`. */
function filesLoadedBy(file: string, project: string): string[] {
  const path = join(project, 'dist', file);
  const required = createRequire(path);
  const names = [...readFileSync(path, 'utf8').matchAll(/\brequire\("(\.[^"]+)"\)/g)];
  return names.map(([, name]) => relative(join(project, 'dist'), required.resolve(name!)));
}

/** The UE's packages and theirs, found the way Node finds them. */
function installedPackages(project: string): InstalledPackage[] {
  const found = new Map<string, InstalledPackage>();
  const visit = (wanted: string, from: string): void => {
    const folder = locate(wanted, from, project);
    if (found.has(folder)) return;
    const { name, version, dependencies = {} } = readJson(join(folder, 'package.json'));
    found.set(folder, { folder: relative(project, folder), name, version });
    for (const dependency of Object.keys(dependencies)) visit(dependency, folder);
  };
  for (const name of uePackages) visit(name, project);
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
