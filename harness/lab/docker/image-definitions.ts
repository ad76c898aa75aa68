import { builtInBoxes } from '../../../nodes';
import type { Box, Boxes, Image } from '../../../nodes/box';
import { choices } from '../../../nodes/choices';
import type { VersionQuestion } from '../../../nodes/program';

/** An image with everything that its boxes need. */
export interface ImageDefinition extends Image {
  /** Debian packages in it. */
  readonly packages: readonly string[];
  /** The questions for the versions of programs in it that matter to a result, by the name in a result. */
  readonly questions: Readonly<Record<string, VersionQuestion>>;
}

/** Asks the Node in an image for its version. */
export const nodeQuestion: VersionQuestion = { argv: ['node', '--version'], pattern: /^v(\d[\w.-]*)/ };

/** The libraries with which the Node of nodejs.org is linked. */
export const nodeLibraries = ['libatomic1', 'libstdc++6'];

/** Lists every image of these boxes, each once. */
export function imageDefinitions(boxes: Boxes = builtInBoxes): ImageDefinition[] {
  const names = [...new Set([...boxes].map(({ image }) => image.name))];
  return names.map((name) => imageDefinition(name, boxes));
}

/** Returns the image of this name. @throws Error if no box has such an image */
export function imageDefinition(name: string, boxes: Boxes = builtInBoxes): ImageDefinition {
  const sharing = sharingOf(name, boxes);
  const [first] = sharing;
  if (!first) throw new Error(`no box has an image ${name}`);
  const { image } = first;
  const programs = sharing.flatMap((box) => box.programs);
  const parts = sharing.flatMap((box) => box.parts ?? []);
  const packages = [
    ...[...programs, ...parts].map(({ debianPackage }) => debianPackage),
    ...(image.packages ?? []),
    ...(image.own ? nodeLibraries : []),
    // iproute2 sets routes and addresses and lists sockets.
    'iproute2',
  ];
  return {
    ...image,
    packages: [...new Set(packages)],
    questions: {
      ...Object.fromEntries(
        programs.flatMap(({ product, version }) => (product === undefined ? [] : [[product, version]])),
      ),
      ...(image.own ? { node: nodeQuestion } : {}),
    },
  };
}

/**
 * Returns the boxes whose own programs are in the image of this name. Boxes of this project count whether they are chosen
 * or not, so that an image is the same whatever stands beside its box; and a command of somebody else's runs in the image of
 * the box whose place it takes.
 */
const sharingOf = (name: string, boxes: Iterable<Box>): Box[] =>
  [...new Set([...knownBoxes(), ...boxes])].filter(({ image, outside }) => image.name === name && !outside);

/** Returns the boxes of this project. */
const knownBoxes = (): Box[] => [
  ...builtInBoxes,
  ...Object.values(choices).flatMap((of) => Object.values(of)),
];

/** Names of labels that the images carry. */
export const imageLabels = {
  /** The {@link ImageDefinition.name} of the image. */
  kind: 'nimsfw.kind',
  /** JSON: program to version, read when the image was built. */
  versions: 'nimsfw.versions',
  /** The tag, under OCI's own label. */
  version: 'org.opencontainers.image.version',
} as const;

/** The folder of the lab's own programs in an image, with the same content as `dist`. Run them with `node`. */
export const programFolder = '/opt/nimsfw';
