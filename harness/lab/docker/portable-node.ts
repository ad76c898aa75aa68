import { LabError } from '../lab-error';

/** The facts about a Node that decide whether an image can have it. */
export interface NodeBuild {
  readonly execPath: string;
  readonly platform: string;
  /** The value of `process.arch`. */
  readonly arch: string;
  /** The value of `process.config.variables`, which tells how Node was compiled. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Names of processors in Go, in which the engine is written, by their names in Node. */
const archOfEngine: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };

/**
 * Requires that the Node of this process also runs in an image, which gets a copy of its one file. The Node of
 * nodejs.org is linked with the C and C++ libraries only; distributions split theirs into libraries that no
 * image has.
 *
 * @param engineArch the engine's processor, e.g. `amd64`
 * @throws LabError `NODE_NOT_PORTABLE`
 */
export function requirePortableNode(
  engineArch: string,
  { execPath, platform, arch, variables }: NodeBuild = thisNode(),
): void {
  const refuse = (why: string, remedy: string): never => {
    throw new LabError(
      'NODE_NOT_PORTABLE',
      `the images get the Node that builds them, but ${why}; ${remedy}`,
    );
  };
  const own = archOfEngine[arch] ?? arch;
  if (platform !== 'linux' || own !== engineArch)
    refuse(
      `${execPath} is for ${platform} on ${own} and the engine for linux on ${engineArch}`,
      'run npm run images on a machine like that of the engine',
    );
  const shared = Object.keys(variables).filter(
    (name) => /^node_shared(?:_|$)/.test(name) && isTrue(variables[name]),
  );
  if (shared.length > 0)
    refuse(
      `${execPath} is linked with libraries of this machine (${shared.join(', ')})`,
      'run npm run images and the lab with Node from https://nodejs.org',
    );
}

/** Node's build has written these values as booleans, as strings or as numbers. */
const isTrue = (value: unknown): boolean => ['true', '1'].includes(String(value));

const thisNode = (): NodeBuild => ({
  execPath: process.execPath,
  platform: process.platform,
  arch: process.arch,
  variables: process.config.variables,
});
