import type { NodeKindName } from '../../../topologies/topology';
import { versionQuestions, type ProgramName } from '../version-questions';

/** An image; its Dockerfile is `nodes/<name>/Dockerfile`. */
export type ImageName = Exclude<NodeKindName, 'peer'>;

/** The image that each kind of node runs in. The peer is a UE that also echoes, and has no image of its own. */
export const imageOfKind: Readonly<Record<NodeKindName, ImageName>> = {
  ue: 'ue',
  peer: 'ue',
  pcscf: 'pcscf',
  'ims-core': 'ims-core',
  turn: 'turn',
  proxy: 'proxy',
  firewall: 'firewall',
};

/** The programs of each image whose versions matter to a result. */
export const programsOfImage: Readonly<Record<ImageName, readonly ProgramName[]>> = {
  ue: ['node', 'openssl'],
  pcscf: ['kamailio'],
  'ims-core': ['kamailio'],
  turn: ['coturn'],
  proxy: ['squid', 'openssl'],
  firewall: ['nftables', 'iptables', 'node', 'tcpdump'],
};

/** How an image is asked for the version of a program. */
export const questionFor = (program: ProgramName): (typeof versionQuestions)[ProgramName] =>
  versionQuestions[program];

/** Names of labels that the images carry. */
export const imageLabels = {
  /** Which {@link ImageName}. */
  kind: 'nimsfw.kind',
  /** JSON: program to version, read when the image was built. */
  versions: 'nimsfw.versions',
  /** The tag, for those who look at images by OCI's own labels. */
  version: 'org.opencontainers.image.version',
} as const;

/** Where an image has the lab's own programs; below it is what is below `dist`. Run them with `node`. */
export const programFolder = '/opt/nimsfw';
