import type Docker from 'dockerode';
import type { ImageInspectInfo } from 'dockerode';
import { builtInBoxes } from '../../../nodes';
import type { Boxes } from '../../../nodes/box';
import { choicesNamed, namesOfChoices } from '../../../nodes/choices';
import { LabError } from '../lab-error';
import { asEngineError, isMissing } from './engine';
import { tagOf, versionOf } from './image-content';
import { imageDefinition, imageLabels } from './image-definitions';

/** An image that the engine has, of the version that the sources ask for. */
export interface LabImage {
  /** `nimsfw/<image>:<tag>`. */
  readonly reference: string;
  /** `sha256:...` of its configuration, which identifies this very image. */
  readonly digest: string;
  /** The user of its programs; 0 if they need root. */
  readonly user: { readonly uid: number; readonly gid: number };
  /** Versions of its programs at the time of the build. */
  readonly versions: Readonly<Record<string, string>>;
  /** Size in bytes, with the base. */
  readonly size: number;
}

const references = new WeakMap<Boxes, Map<string, string>>();

/** Returns the image of a kind of box, `nimsfw/<image>:<tag>`, whether or not the engine has it. */
export const imageFor = (kind: string, boxes: Boxes = builtInBoxes): string =>
  referenceOf(boxes.of(kind).image.name, boxes);

/** Returns the reference of an image, whether or not the engine has it. */
export function referenceOf(name: string, boxes: Boxes = builtInBoxes): string {
  const ofBoxes = references.get(boxes) ?? new Map<string, string>();
  references.set(boxes, ofBoxes);
  const reference = ofBoxes.get(name) ?? `${repositoryOf(name)}:${tagOf(imageDefinition(name, boxes))}`;
  ofBoxes.set(name, reference);
  return reference;
}

/**
 * Returns the second name of an image, `nimsfw/<image>:<version>`, for users who do not know the hash of its
 * content.
 */
export const releaseOf = (name: string): string => `${repositoryOf(name)}:${versionOf()}`;

/** Returns the images of these kinds of boxes, each once. */
export function requiredImages(kinds: readonly string[], boxes: Boxes = builtInBoxes): string[] {
  return [...new Set(kinds.map((kind) => imageFor(kind, boxes)))];
}

/**
 * Requires the images of these kinds of boxes. It asks the engine once for each, all at once, and runs no
 * container.
 *
 * @throws LabError `IMAGE_MISSING`, `IMAGE_OUTDATED`, and the errors of {@link asEngineError}
 */
export async function inspectImages(
  docker: Docker,
  kinds: readonly string[],
  boxes: Boxes = builtInBoxes,
): Promise<ReadonlyMap<string, LabImage>> {
  const wanted = requiredImages(kinds, boxes);
  const found = new Map<string, LabImage>();
  await Promise.all(
    wanted.map(async (reference) => {
      const image = await inspectImage(docker, reference);
      if (image) found.set(reference, image);
    }),
  );
  const absent = wanted.filter((reference) => !found.has(reference));
  if (absent.length > 0) throw await asAbsence(docker, absent);
  return new Map(kinds.map((kind) => [kind, found.get(imageFor(kind, boxes))!]));
}

/**
 * Asks the engine about an image of the lab.
 *
 * @returns undefined if it has no image of that name, or one that the lab's build has not completed
 */
export async function inspectImage(docker: Docker, reference: string): Promise<LabImage | undefined> {
  const image = await lookUp(docker, reference);
  const labels = image?.Config.Labels ?? {};
  const versions = labels[imageLabels.versions];
  if (!image || versions === undefined || labels[imageLabels.version] !== tagIn(reference)) return undefined;
  const [uid = 0, gid = 0] = image.Config.User ? image.Config.User.split(':').map(Number) : [];
  return {
    reference,
    digest: image.Id,
    user: { uid, gid },
    versions: JSON.parse(versions) as Record<string, string>,
    size: image.Size,
  };
}

/** Returns the engine's image of this name, or undefined. */
export async function lookUp(docker: Docker, reference: string): Promise<ImageInspectInfo | undefined> {
  try {
    return await docker.getImage(reference).inspect();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw asEngineError(error);
  }
}

export const repositoryOf = (name: string): string => `nimsfw/${name}`;

const repositoryIn = (reference: string): string => reference.split(':')[0] ?? '';
/** Returns the name of the image of a reference of the lab. */
const nameIn = (reference: string): string => repositoryIn(reference).slice(repositoryOf('').length);
const tagIn = (reference: string): string => reference.split(':')[1] ?? '';

/** Returns the error about absent images, which tells whether another version of them is there. */
async function asAbsence(docker: Docker, absent: readonly string[]): Promise<LabError> {
  const present = await docker.listImages({ filters: { label: [imageLabels.kind] } });
  const tags = present.flatMap(({ RepoTags }) => RepoTags ?? []);
  const isThere = (reference: string): boolean =>
    tags.some((tag) => repositoryIn(tag) === repositoryIn(reference));
  const missing = absent.filter((reference) => !isThere(reference));
  const told = missing.length > 0 ? missing : absent;
  const remedy = `${told.join(', ')}; build with ${buildCommand(absent.map(nameIn))}`;
  return missing.length > 0
    ? new LabError('IMAGE_MISSING', `not there: ${remedy}`)
    : new LabError('IMAGE_OUTDATED', `only there in another version than these sources make: ${remedy}`);
}

/** Returns the command that builds these images: those of boxes that one can choose are only built when asked for. */
function buildCommand(names: readonly string[]): string {
  const usual = new Set([...builtInBoxes].map(({ image }) => image.name));
  const asked = namesOfChoices.filter((choice) =>
    choicesNamed(choice).some(({ image: { name } }) => names.includes(name) && !usual.has(name)),
  );
  return `npm run images${asked.length > 0 ? ` -- --with ${asked.join(',')}` : ''}`;
}
