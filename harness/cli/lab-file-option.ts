import { dirname, resolve } from 'node:path';
import { formatProblems } from '../../kit/yaml-file';
import { LabError } from '../lab/lab-error';
import { chooseFirewalls } from '../plan/choose-firewalls';
import { parseLabFile, type LabFile } from '../plan/lab-file/lab-file';
import { loadCatalogue } from './catalogue-option';
import { readText } from './read-text';

/**
 * Loads a lab file, with the catalogue that it names.
 *
 * @throws LabError `LAB_FILE_UNREADABLE`, `LAB_FILE_MALFORMED`, `UNKNOWN_FIREWALL`, and the errors of the catalogue
 */
export function loadLabFile(file: string): LabFile {
  const text = readText(file, {
    what: 'lab file',
    unreadable: 'LAB_FILE_UNREADABLE',
    malformed: 'LAB_FILE_MALFORMED',
  });
  const folder = dirname(resolve(file));
  const read = parseLabFile(text, file, folder);
  if (!read.ok)
    throw new LabError(
      'LAB_FILE_MALFORMED',
      `${formatProblems(read.problems)}; docs/boxes.md shows the form`,
    );
  const { variants, measured } = read.value;
  const { catalogue, firewalls } = measured;
  const path = catalogue === undefined ? undefined : resolve(folder, catalogue);
  if (firewalls !== undefined) chooseFirewalls(loadCatalogue(path), firewalls);
  return { variants, measured: { ...measured, ...(path === undefined ? {} : { catalogue: path }) } };
}
