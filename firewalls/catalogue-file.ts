import { z } from 'zod';
import { isRecord, readYaml, show, type FileProblem, type Mistake, type Path } from '../kit/yaml-file';
import { firewallSchema, type Catalogue } from './catalogue';

export type CatalogueResult =
  | { readonly ok: true; readonly catalogue: Catalogue }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

/** Each firewall has a subnet and a transit address of its own, and both are numbered within a byte. */
const mostFirewalls = 200;

const catalogueFileSchema = z.strictObject({
  firewalls: z
    .array(firewallSchema)
    .min(1, 'must name at least one firewall')
    .max(mostFirewalls, `must not name more than ${mostFirewalls} firewalls`),
});

/**
 * Reads a user's catalogue. It never throws: for any text the result is a catalogue or the list of its mistakes.
 *
 * @param text YAML 1.2; merge keys (`<<: *name`) are understood, so that a firewall can build on another's knobs
 * @param file the name that the problems have for the file
 */
export function parseCatalogue(text: string, file: string): CatalogueResult {
  const read = readYaml(text, file, {
    schema: catalogueFileSchema,
    oneDocument: 'put all firewalls into its list',
    keysAt: allowedKeys,
    words: ['any', 'none'],
    outOfRange: 'is no port (1 to 65535)',
    prepare: withTextIds,
    check: ({ firewalls }) => repeatedIds(firewalls),
  });
  return read.ok ? { ok: true, catalogue: read.value.firewalls } : read;
}

/** Turns ids that are numbers into text, since YAML reads `id: 4` as a number and the schema wants text. */
function withTextIds(data: unknown): unknown {
  if (!isRecord(data) || !Array.isArray(data.firewalls)) return data;
  const firewalls = data.firewalls.map((entry: unknown) =>
    isRecord(entry) && typeof entry.id === 'number' ? { ...entry, id: String(entry.id) } : entry,
  );
  return { ...data, firewalls };
}

function repeatedIds(catalogue: Catalogue): Mistake[] {
  return catalogue.flatMap(({ id }, index) => {
    const first = catalogue.findIndex((other) => other.id === id);
    return first < index
      ? [
          {
            path: ['firewalls', index, 'id'],
            text: `${show(id)} is taken by firewalls[${first}] (each id once)`,
          },
        ]
      : [];
  });
}

function allowedKeys(path: Path): string[] {
  if (path.length === 0) return Object.keys(catalogueFileSchema.shape);
  const firewall = firewallSchema.unwrap().shape;
  return path.at(-1) === 'knobs' ? Object.keys(firewall.knobs.unwrap().shape) : Object.keys(firewall);
}
