import { builtInCatalogue, type Catalogue } from '../../firewalls/catalogue';
import { parseCatalogue } from '../../firewalls/catalogue-file';
import { formatProblems } from '../../kit/yaml-file';
import { LabError } from '../lab/lab-error';
import { readText } from './read-text';

/**
 * Returns the catalogue of this command: that of the file if one is given, else the built-in reconstruction.
 *
 * @throws LabError `CATALOGUE_UNREADABLE`, `CATALOGUE_MALFORMED`
 */
export function loadCatalogue(file: string | undefined): Catalogue {
  if (file === undefined) return builtInCatalogue;
  const text = readText(file, {
    what: 'catalogue',
    unreadable: 'CATALOGUE_UNREADABLE',
    malformed: 'CATALOGUE_MALFORMED',
  });
  const result = parseCatalogue(text, file);
  if (result.ok) return result.catalogue;
  throw new LabError(
    'CATALOGUE_MALFORMED',
    `${formatProblems(result.problems)}; docs/firewalls.md shows the form`,
  );
}
