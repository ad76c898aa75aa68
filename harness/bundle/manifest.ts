import { z } from 'zod';
import { LabError } from '../lab/lab-error';
import { isSafePath } from './safe-path';

/** The id of this format in every manifest. A bundle with another id is refused. */
export const bundleSchemaId = 'https://nimsfw-lab.example/bundle/1';

/** The name of a bundle's first entry. */
export const manifestName = 'manifest.json';

/** Most bytes of a manifest; one of a thousand files has a quarter of a MiB. */
export const longestManifest = 16 * 1024 * 1024;

/** Most bytes of all files of a bundle together. The captures of a run of every cell have 0.25 GiB. */
export const mostBytes = 16 * 1024 ** 3;

const bundledFile = z.object({
  /** Its path in the run's folder, with `/` between names. */
  path: z.string(),
  /** Bytes. */
  size: z.int().min(0),
  /** Hex SHA-256 of its content. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type BundledFile = z.infer<typeof bundledFile>;

/** The first entry of a bundle: what it is of, and every other entry in order. */
export const manifest = z.object({
  schema: z.literal(bundleSchemaId),
  /** The nimsfw that bundled it. */
  tool: z.object({ version: z.string() }),
  run: z.object({ id: z.string(), startedAt: z.iso.datetime() }),
  /** What the bundle was made without, although the run has it. */
  without: z.array(z.enum(['captures'])),
  files: z.array(bundledFile),
});
export type Manifest = z.infer<typeof manifest>;

/**
 * Reads the text of a manifest.
 *
 * @param name of the bundle, for messages
 * @throws LabError `NOT_A_BUNDLE`, `OTHER_SCHEMA`, and `BUNDLE_HOSTILE` if its paths could lead elsewhere than into one
 *   folder, or its files are more than any run has
 */
export function readManifest(text: string, name: string): Manifest {
  const value = parsed(text);
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (typeof schema === 'string' && schema !== bundleSchemaId)
    throw new LabError(
      'OTHER_SCHEMA',
      `${name} has the schema ${shown(schema)}, and this nimsfw reads ${bundleSchemaId}; read it with the nimsfw that made it`,
    );
  const checked = manifest.safeParse(value);
  if (!checked.success) {
    const { path, message } = checked.error.issues[0]!;
    throw notABundle(name, `its manifest is none: ${path.join('.') || 'the top'}: ${message}`);
  }
  requireHarmless(checked.data, name);
  return checked.data;
}

function requireHarmless({ files }: Manifest, name: string): void {
  const paths = new Set<string>([manifestName]);
  const folders = new Set<string>();
  for (const { path } of files) {
    if (!isSafePath(path))
      throw hostile(name, `its manifest has a path that leads elsewhere: ${shown(path)}`);
    if (paths.has(path)) throw hostile(name, `its manifest has ${shown(path)} twice`);
    paths.add(path);
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) folders.add(path.slice(0, at));
  }
  const both = files.find(({ path }) => folders.has(path));
  if (both) throw hostile(name, `its manifest has ${shown(both.path)} as a file and as a folder`);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (bytes > mostBytes)
    throw hostile(name, `its files would have ${bytes} bytes, and no run has more than ${mostBytes}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns text of a bundle as a message shows it: bounded, and nothing in it can pass for words of the message. */
export const shown = (text: string): string =>
  JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);

const remedy = 'take the bundle as nimsfw bundle has written it';

export const notABundle = (name: string, why: string): LabError =>
  new LabError(
    'NOT_A_BUNDLE',
    `${name} is no bundle of a run (${why}); name a file that nimsfw bundle has written`,
  );

export const truncated = (name: string): LabError =>
  new LabError('BUNDLE_TRUNCATED', `${name} ends before it is whole; copy or download it again`);

export const tampered = (name: string, why: string): LabError =>
  new LabError('BUNDLE_TAMPERED', `${name} is not as it was bundled: ${why}; ${remedy}`);

export const hostile = (name: string, why: string): LabError =>
  new LabError('BUNDLE_HOSTILE', `${name} is refused: ${why}; ${remedy}`);
