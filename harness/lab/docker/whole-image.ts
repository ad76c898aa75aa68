import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type Docker from 'dockerode';
import { builtInBoxes } from '../../../nodes';
import type { Box } from '../../../nodes/box';
import { installation } from '../../../nodes/installation';
import type { VersionQuestion } from '../../../nodes/program';
import { packagesOf } from '../debian-packages';
import { labPrograms } from '../lab-programs';
import { LabError } from '../lab-error';
import { baseImage } from './base-name';
import { buildImage, type BuiltImage } from './build-image';
import { labelsOf, ownUser } from './dockerfile';
import { versionOf } from './image-content';
import { nodeLibraries, nodeQuestion, programFolder } from './image-definitions';

/** The image that holds everything of a lab on namespaces, for `docker run nimsfw run` (docs/docker-image.md). */
export const wholeImageName = 'nimsfw';

/** The folder of the results in it, where users mount a folder of theirs. */
export const outFolder = '/out';

/** What goes into the image. */
export interface WholeImage {
  readonly dockerfile: string;
  /** Name in the build context to content. */
  readonly context: ReadonlyMap<string, Buffer>;
  readonly questions: Readonly<Record<string, VersionQuestion>>;
}

/**
 * Puts together the image: Node, this project as npm packs it with the modules that it needs, and the Debian packages of
 * the reference boxes and of those that are chosen.
 *
 * @param project the project's folder, built
 * @throws LabError `IMAGE_BUILD_FAILED` if this is no checkout, or npm cannot tell what belongs to the package
 */
export function wholeImage(chosen: readonly Box[] = [], project = installation): WholeImage {
  const boxes = [...new Set([...builtInBoxes, ...chosen])];
  const programs = [...labPrograms, ...boxes.flatMap((box) => box.programs)].filter(
    ({ isOptional }) => !isOptional,
  );
  const named = programs.flatMap(({ product, version }) =>
    product === undefined ? [] : [[product, version] as const],
  );
  return {
    dockerfile: dockerfileOf(packagesOf(boxes, labPrograms).map(({ name }) => name)),
    context: contextOf(project),
    questions: { ...Object.fromEntries(named), node: nodeQuestion },
  };
}

/**
 * Builds the image and gives it the names `nimsfw:VERSION` and `nimsfw:latest`.
 *
 * @throws BuildError, LabError `IMAGE_BUILD_FAILED`
 */
export async function buildWholeImage(docker: Docker, chosen: readonly Box[]): Promise<BuiltImage> {
  const image = wholeImage(chosen);
  const context = new Map<string, string | Buffer>([
    ['Dockerfile', image.dockerfile],
    ['bin/node', readFileSync(process.execPath)],
    ...image.context,
  ]);
  const built = await buildImage(docker, `${wholeImageName}:${tagOf(image)}`, context, image.questions);
  for (const tag of [versionOf(), 'latest'])
    await docker.getImage(built.reference).tag({ repo: wholeImageName, tag });
  return built;
}

/** Returns the project's version and a hash of the content, in which the version of Node stands for Node. */
function tagOf({ dockerfile, context, questions }: WholeImage): string {
  const hash = createHash('sha256').update(`${process.version}\n${dockerfile}`);
  for (const [program, { argv, pattern }] of Object.entries(questions))
    hash.update(`${program}: ${argv.join(' ')} ${pattern.source}\n`);
  for (const [name, content] of context) hash.update(`${name} ${content.length}\n`).update(content);
  return `${versionOf()}-${hash.digest('hex').slice(0, 10)}`;
}

function dockerfileOf(packages: readonly string[]): string {
  const { name, uid, gid } = ownUser;
  const labels = labelsOf({
    name: wholeImageName,
    title: 'nimsfw-lab',
    description:
      'Measures which way through a restrictive firewall works for IMS: the whole lab, on namespaces',
  });
  // bin/in-image.sh runs tini; setcap, below, is in libcap2-bin.
  const all = [...new Set([...packages, ...nodeLibraries, 'libcap2-bin', 'tini'])];
  return `${[
    `FROM ${baseImage}`,
    'COPY bin/node /usr/local/bin/node',
    labels,
    [
      'RUN apt-get update -q',
      `apt-get install -qy --no-install-recommends ${all.join(' ')}`,
      'rm -rf /var/lib/apt/lists/* /var/cache/apt/*',
      `groupadd --gid ${gid} ${name}`,
      `useradd --uid ${uid} --gid ${gid} --no-create-home --home-dir ${outFolder} --shell /bin/sh ${name}`,
      `echo ${name}:100000:65536 | tee /etc/subuid >/etc/subgid`,
      // As Debian ships them they become root and need CAP_DAC_OVERRIDE too.
      ...['uid', 'gid'].map(
        (id) => `chmod u-s /usr/bin/new${id}map && setcap cap_set${id}=ep /usr/bin/new${id}map`,
      ),
      `install -d -o ${name} -g ${name} ${outFolder}`,
    ].join(' \\\n && '),
    `COPY app ${programFolder}`,
    `COPY bin/nimsfw /usr/local/bin/nimsfw`,
    `WORKDIR ${outFolder}`,
    `VOLUME ${outFolder}`,
    'ENTRYPOINT ["nimsfw"]',
    'CMD ["--help"]',
  ].join('\n')}\n`;
}

/** Returns the build context but for the Dockerfile and Node. */
function contextOf(project: string): Map<string, Buffer> {
  if (!existsSync(join(project, moduleNote)))
    throw new LabError(
      'IMAGE_BUILD_FAILED',
      'the image nimsfw is made in a checkout of the project, and this is an installed package; leave it out with --nodes',
    );
  const files = [...packedFiles(project), ...moduleFiles(project)].sort();
  return new Map([
    ['bin/nimsfw', readFileSync(join(project, 'bin/in-image.sh'))],
    ...files.map((file) => [`app/${file}`, readFileSync(join(project, file))] as const),
  ]);
}

/**
 * Lists what `npm pack` packs, with the modules that it bundles. The code that V8 compiled is left out, because it differs
 * each time.
 */
function packedFiles(project: string): string[] {
  const { stdout, error, status } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 64 * 1024 ** 2,
  });
  if (error || status !== 0)
    throw new LabError(
      'IMAGE_BUILD_FAILED',
      `npm does not tell what is in the package (${error?.message ?? `exit ${status}`}); run npm pack --dry-run`,
    );
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  return files.map(({ path }) => path).filter((path) => !path.endsWith('.cache'));
}

/** The file in which npm notes what it has installed. */
const moduleNote = 'node_modules/.package-lock.json';

/** What npm notes of a module. */
interface Installed {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly link?: boolean;
}

/** Lists the files of the modules that the project needs when it runs. */
function moduleFiles(project: string): string[] {
  const note = readFileSync(join(project, moduleNote), 'utf8');
  const { packages } = JSON.parse(note) as { packages: Readonly<Record<string, Installed>> };
  return Object.entries(packages)
    .filter(([, { dev, devOptional, link }]) => !dev && !devOptional && !link)
    .filter(([folder]) => folder.startsWith('node_modules/'))
    .flatMap(([folder]) => filesBelow(project, folder));
}

/** Lists the files of a module, but not those of the modules in its own `node_modules`, which npm notes too. */
function filesBelow(project: string, folder: string): string[] {
  return readdirSync(join(project, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(project, join(parentPath, name)))
    .filter((file) => !file.slice(folder.length).includes('/node_modules/'));
}
