import { readFileSync } from 'node:fs';
import { builtInCatalogue, type Catalogue } from '../../firewalls/catalogue';
import { formatProblem, parseCatalogue } from '../../firewalls/catalogue-file';
import { LabError } from '../lab/lab-error';

/**
 * Returns the catalogue of this command: that of the file if one is given, else the built-in reconstruction.
 *
 * @throws LabError `CATALOGUE_UNREADABLE`, `CATALOGUE_MALFORMED`
 */
export function loadCatalogue(file: string | undefined): Catalogue {
  if (file === undefined) return builtInCatalogue;
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new LabError(
      'CATALOGUE_UNREADABLE',
      `cannot read the catalogue ${file} (${why}); check --catalogue`,
    );
  }
  const result = parseCatalogue(textOf(bytes, file), file);
  if (result.ok) return result.catalogue;
  const [first, ...more] = result.problems.map(formatProblem);
  const rest = more.length > 0 ? `; and ${more.length} more: ${more.join('; ')}` : '';
  throw new LabError('CATALOGUE_MALFORMED', `${first}${rest}; docs/firewalls.md shows the form`);
}

/**
 * Decodes UTF-8. YAML may be UTF-16 too, which nobody uses, and text in the wrong encoding would describe other
 * firewalls.
 */
function textOf(bytes: Buffer, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new LabError('CATALOGUE_MALFORMED', `${file}: is not UTF-8; save it as that`);
  }
}
