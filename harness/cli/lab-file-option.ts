import { dirname, resolve } from 'node:path';
import { formatProblems, type Mistake } from '../../kit/yaml-file';
import { LabError } from '../lab/lab-error';
import { chooseFirewalls } from '../plan/choose-firewalls';
import { parseLabFile, type LabFile } from '../plan/lab-file/lab-file';
import { loadCatalogue } from './catalogue-option';
import { readText } from './read-text';

/**
 * Loads a lab file, with the catalogue that it names.
 *
 * @throws LabError `LAB_FILE_UNREADABLE`, `LAB_FILE_MALFORMED`
 */
export function loadLabFile(file: string): LabFile {
  const text = readText(file, {
    what: 'lab file',
    unreadable: 'LAB_FILE_UNREADABLE',
    malformed: 'LAB_FILE_MALFORMED',
  });
  const folder = dirname(resolve(file));
  const read = parseLabFile(text, file, folder, ({ catalogue, firewalls }) => {
    const path = catalogue === undefined ? undefined : resolve(folder, catalogue);
    const known = mistakeOf('catalogue', () => loadCatalogue(path));
    if ('text' in known) return [known];
    const chosen = mistakeOf('firewalls', () => chooseFirewalls(known, firewalls));
    return 'text' in chosen ? [chosen] : [];
  });
  if (!read.ok)
    throw new LabError(
      'LAB_FILE_MALFORMED',
      `${formatProblems(read.problems)}; docs/boxes.md shows the form`,
    );
  const { variants, measured } = read.value;
  const { catalogue } = measured;
  const path = catalogue === undefined ? undefined : resolve(folder, catalogue);
  return { variants, measured: { ...measured, ...(path === undefined ? {} : { catalogue: path }) } };
}

/** Returns what work returns, or its LabError as a mistake at a key of what is measured. */
function mistakeOf<T>(key: string, work: () => T): T | Mistake {
  try {
    return work();
  } catch (error) {
    if (error instanceof LabError) return { path: ['measure', key], text: error.message };
    throw error;
  }
}
