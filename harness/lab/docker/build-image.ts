import { readFile } from 'node:fs/promises';
import { PassThrough, type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';
import type { ErrorCode } from '../error-codes';
import { LabError } from '../lab-error';
import { inspectImage, type LabImage } from './images';
import type { VersionQuestion } from '../../../nodes/program';
import { contextOf } from './image-content';
import { imageLabels, type ImageDefinition } from './image-definitions';
import { dockerfileOf } from './dockerfile';
import { progressOf } from './progress';

export interface BuiltImage extends LabImage {
  /** True if the image was there already. */
  readonly cached: boolean;
  /** Duration of the build in milliseconds. */
  readonly durationMs: number;
}

/** The error of a failed build; `log` is its whole output. */
export class BuildError extends LabError {
  constructor(
    code: ErrorCode,
    message: string,
    readonly log: string,
  ) {
    super(code, message);
  }
}

/**
 * Builds an image of the lab, unless the engine has it.
 *
 * @param reference `nimsfw/<image>:<tag>`
 * @throws BuildError `IMAGE_BUILD_FAILED`
 */
export async function buildLabImage(
  docker: Docker,
  image: ImageDefinition,
  reference: string,
): Promise<BuiltImage> {
  const context = await readContext(contextOf(image));
  const whole = new Map<string, string | Buffer>([['Dockerfile', dockerfileOf(image)], ...context]);
  return buildImage(docker, reference, whole, image.questions);
}

/**
 * Builds an image of any context, unless the engine has it.
 *
 * @param context name to content; files in `bin/` are executable
 * @param questions ask its programs for their versions, which become a label of the image
 * @throws BuildError `IMAGE_BUILD_FAILED`
 */
export async function buildImage(
  docker: Docker,
  reference: string,
  context: ReadonlyMap<string, string | Buffer>,
  questions: Readonly<Record<string, VersionQuestion>>,
): Promise<BuiltImage> {
  const startedAt = performance.now();
  const there = await inspectImage(docker, reference);
  if (!there) {
    const log: string[] = [];
    const id = await build(docker, reference, context, {}, log);
    try {
      // The second build only adds labels; the rest comes from the engine's cache. Only this complete image
      // gets the name.
      const labels = {
        [imageLabels.versions]: JSON.stringify(await askVersions(docker, id, questions)),
        [imageLabels.version]: reference.split(':')[1] ?? '',
      };
      await build(docker, reference, context, { labels, t: reference }, log);
    } catch (error) {
      if (error instanceof BuildError || !(error instanceof Error)) throw error;
      throw new BuildError('IMAGE_BUILD_FAILED', `${reference}: ${error.message}`, log.join(''));
    }
  }
  const image = there ?? (await inspectImage(docker, reference))!;
  return { ...image, cached: there !== undefined, durationMs: performance.now() - startedAt };
}

/** @returns the image's id */
async function build(
  docker: Docker,
  reference: string,
  context: ReadonlyMap<string, string | Buffer>,
  options: { labels?: Readonly<Record<string, string>>; t?: string },
  log: string[],
): Promise<string> {
  const { labels, ...rest } = options;
  const tar = pack();
  // All files get the same date, because the engine's cache compares dates as well.
  const mtime = new Date(0);
  for (const [file, content] of context)
    tar.entry({ name: file, mtime, mode: file.startsWith('bin/') ? 0o755 : 0o644 }, content);
  tar.finalize();
  const stream = (await docker.buildImage(tar as unknown as NodeJS.ReadableStream, {
    ...rest,
    ...(labels ? { labels: { ...labels } } : {}),
    forcerm: true,
  })) as Readable;
  let id: string | undefined;
  for await (const { stream: output, error, aux } of progressOf(stream)) {
    if (output !== undefined) log.push(output);
    if (aux?.ID !== undefined) id = aux.ID;
    if (error !== undefined)
      throw new BuildError('IMAGE_BUILD_FAILED', `${reference} cannot be built: ${error}`, log.join(''));
  }
  if (id !== undefined) return id;
  throw new BuildError('IMAGE_BUILD_FAILED', `${reference}: the engine broke off the build`, log.join(''));
}

async function readContext(files: ReadonlyMap<string, string>): Promise<Map<string, Buffer>> {
  const read = [...files].map(async ([name, file]) => [name, await readFile(file)] as const);
  return new Map(await Promise.all(read));
}

/** Asks the programs in an image for their versions, each in its own container without a network. */
async function askVersions(
  docker: Docker,
  id: string,
  questions: Readonly<Record<string, VersionQuestion>>,
): Promise<Record<string, string>> {
  const versions = await Promise.all(
    Object.entries(questions).map(async ([program, { argv, pattern }]) => {
      const answer = await outputOf(docker, id, argv);
      const version = pattern.exec(answer)?.[1];
      if (version === undefined)
        throw new Error(`${argv.join(' ')} does not say its version, but "${answer.trim().slice(0, 200)}"`);
      return [program, version] as const;
    }),
  );
  return Object.fromEntries(versions);
}

/** Returns the output of a command in a container of an image, without a network and without rights. */
export async function outputOf(docker: Docker, image: string, argv: readonly string[]): Promise<string> {
  const container = await docker.createContainer({
    Image: image,
    // Whatever the image runs by itself.
    Entrypoint: [argv[0]!],
    Cmd: argv.slice(1),
    Labels: { nimsfw: 'image-build' },
    // A terminal gives standard output and error as one stream in their order.
    Tty: true,
    HostConfig: { NetworkMode: 'none', CapDrop: ['ALL'], ReadonlyRootfs: true },
  });
  try {
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    const output = text(stream.pipe(new PassThrough()));
    await container.start();
    await container.wait();
    return await output;
  } finally {
    // `v` also removes a volume that the image asks for.
    await container.remove({ force: true, v: true });
  }
}
