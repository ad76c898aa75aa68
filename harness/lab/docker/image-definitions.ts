import { builtInBoxes } from '../../../nodes';
import type { Boxes, Image } from '../../../nodes/box';
import type { VersionQuestion } from '../../../nodes/program';

/** An image with all that the boxes made of it need. */
export interface ImageDefinition extends Image {
  /** Debian packages in it. */
  readonly packages: readonly string[];
  /** How the programs in it whose versions matter to a result are asked for them, by what a result calls them. */
  readonly questions: Readonly<Record<string, VersionQuestion>>;
}

const nodeQuestion: VersionQuestion = { argv: ['node', '--version'], pattern: /^v(\d[\w.-]*)/ };

/** What Node as nodejs.org has it is linked with. */
const nodeLibraries = ['libatomic1', 'libstdc++6'];

/** Every image of these boxes, once. */
export function imageDefinitions(boxes: Boxes = builtInBoxes): ImageDefinition[] {
  const names = [...new Set([...boxes].map(({ image }) => image.name))];
  return names.map((name) => imageDefinition(name, boxes));
}

/** The image of this name. @throws Error where no box has one */
export function imageDefinition(name: string, boxes: Boxes = builtInBoxes): ImageDefinition {
  const sharing = [...boxes].filter(({ image }) => image.name === name);
  const [first] = sharing;
  if (!first) throw new Error(`no box has an image ${name}`);
  const { image } = first;
  const programs = sharing.flatMap((box) => box.programs);
  const parts = sharing.flatMap((box) => box.parts ?? []);
  const packages = [
    ...[...programs, ...parts].map(({ debianPackage }) => debianPackage),
    ...(image.packages ?? []),
    ...(image.own ? nodeLibraries : []),
    // For routes and addresses, and for a look at sockets.
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

/** Names of labels that the images carry. */
export const imageLabels = {
  /** Which image: its {@link ImageDefinition.name}. */
  kind: 'nimsfw.kind',
  /** JSON: program to version, read when the image was built. */
  versions: 'nimsfw.versions',
  /** The tag, for those who look at images by OCI's own labels. */
  version: 'org.opencontainers.image.version',
} as const;

/** Where an image has the lab's own programs; below it is what is below `dist`. Run them with `node`. */
export const programFolder = '/opt/nimsfw';
