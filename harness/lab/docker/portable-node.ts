import { LabError } from '../lab-error';

/** The facts about a Node that decide whether an image can have it. */
export interface NodeBuild {
  readonly execPath: string;
  readonly platform: string;
  /** As `process.arch` has it. */
  readonly arch: string;
  /** `process.config.variables`: how it was compiled. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** What Go, in which the engine is written, calls the processors. */
const archOfEngine: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };

/**
 * Sees to it that the Node that runs this also runs in an image, which gets that one file of it. Node as nodejs.org has it is
 * linked with nothing but the C and C++ libraries; distributions take theirs apart into libraries that no image has.
 *
 * @param engineArch the processor that the engine says it has, e.g. `amd64`
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

/** Node's build has written them as booleans, as strings and as numbers. */
const isTrue = (value: unknown): boolean => ['true', '1'].includes(String(value));

const thisNode = (): NodeBuild => ({
  execPath: process.execPath,
  platform: process.platform,
  arch: process.arch,
  variables: process.config.variables,
});
