import { seconds } from '../../../kit/words';
import { parseArgs } from 'node:util';
import type Docker from 'dockerode';
import { insteadOf } from '../../../kit/near-match';
import { oneLine } from '../../../kit/one-line';
import { builtInBoxes } from '../../../nodes';
import type { Box, Boxes } from '../../../nodes/box';
import { choicesNamed, namesOfChoices } from '../../../nodes/choices';
import { LabError } from '../lab-error';
import { ensureBaseImage } from './base-image';
import { baseImage } from './base-name';
import { BuildError, buildLabImage, type BuiltImage } from './build-image';
import { engineClient, engineVersion } from './engine';
import { imageDefinition, imageDefinitions } from './image-definitions';
import { referenceOf, releaseOf } from './images';
import { requirePortableNode } from './portable-node';
import { buildWholeImage } from './whole-image';

/**
 * Images that are built at once. Unpacking packages needs a processor and fetching them does not, so two at a
 * time keep two processors busy.
 */
const atOnce = 2;

/**
 * Builds every missing image of the lab, including the base, and the image that holds the whole lab.
 *
 * @param say called with one line for each image
 * @param boxes the boxes whose images are built
 * @param order what is wanted; a chosen box also gets into the image of the whole lab
 * @throws LabError the error of the first image that failed, after all others have been built
 */
export async function buildAllImages(
  say: (line: string) => void,
  docker: Docker = engineClient(),
  boxes: Boxes = builtInBoxes,
  { chosen, nodesOnly }: Order = { chosen: [], nodesOnly: false },
): Promise<void> {
  await engineVersion(docker);
  requirePortableNode((await docker.version()).Arch);
  const startedAt = performance.now();
  const origin = await ensureBaseImage(docker, {
    onMaking: (reason) => say(`${baseImage}: cannot be pulled (${reason}); making it with mmdebstrap ...`),
  });
  if (origin !== 'there already') say(`${baseImage}: ${origin}, ${seconds(performance.now() - startedAt)}`);
  const more = new Set(chosen.map(({ image }) => image.name));
  const usual = imageDefinitions(boxes);
  for (const { name } of usual) more.delete(name);
  const waiting = [...usual, ...[...more].map((name) => imageDefinition(name, boxes))];
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        const image = await buildLabImage(docker, next, referenceOf(next.name, boxes));
        const [repo, tag] = releaseOf(next.name).split(':') as [string, string];
        await docker.getImage(image.reference).tag({ repo, tag });
        say(lineOf(image));
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  try {
    if (!nodesOnly) say(lineOf(await buildWholeImage(docker, chosen)));
  } catch (error) {
    failures.push(error);
  }
  if (failures.length > 0) throw failures[0];
}

function lineOf({ reference, cached, durationMs, size, versions }: BuiltImage): string {
  const programs = Object.entries(versions).map(([program, version]) => `${program} ${version}`);
  return `${reference.padEnd(34)} ${cached ? 'cached' : 'built '} ${seconds(durationMs).padStart(7)} ${`${Math.round(size / 1e6)} MB`.padStart(7)}  ${programs.join(', ')}`;
}

/** What the command line asks for. */
export interface Order {
  /** Boxes whose images are wanted too. */
  readonly chosen: readonly Box[];
  /** True if only the images of nodes are wanted. */
  readonly nodesOnly: boolean;
}

/** Returns what the arguments ask for. @throws LabError `UNKNOWN_BOX`, `USAGE` */
export function orderIn(args: readonly string[]): Order {
  const { with: names, nodes: nodesOnly } = optionsIn(args);
  const chosen = names
    .flatMap((some) => some.split(','))
    .flatMap((name) => {
      const boxes = choicesNamed(name);
      if (boxes.length > 0) return boxes;
      throw new LabError('UNKNOWN_BOX', `there is no box "${name}"; ${insteadOf(name, namesOfChoices)}`);
    });
  return { chosen, nodesOnly };
}

/** @throws LabError `USAGE` */
function optionsIn(args: readonly string[]): { with: string[]; nodes: boolean } {
  try {
    return parseArgs({
      args: [...args],
      options: {
        with: { type: 'string', multiple: true, default: [] },
        nodes: { type: 'boolean', default: false },
      },
    }).values;
  } catch {
    throw new LabError(
      'USAGE',
      `the arguments "${args.join(' ')}" are not understood; usage: npm run images -- [--nodes] [--with BOX,...]`,
    );
  }
}

/**
 * The program behind `npm run images -- [--nodes] [--with BOX,...]`: the images of the usual boxes, and those of boxes that one can
 * choose (docs/boxes.md); and the one of the whole lab, with the chosen boxes in it (docs/docker-image.md). Exit status: 0 all are there, 3 if not.
 */
async function main(): Promise<number> {
  try {
    const say = (line: string): unknown => process.stdout.write(`${line}\n`);
    await buildAllImages(say, engineClient(), builtInBoxes, orderIn(process.argv.slice(2)));
    return 0;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    if (error instanceof BuildError) process.stderr.write(`${error.log.trimEnd()}\n`);
    process.stderr.write(`images: ${oneLine(error.message, ' | ')} [${error.code}]\n`);
    return 3;
  }
}

if (require.main === module) void main().then((exitCode) => (process.exitCode = exitCode));
