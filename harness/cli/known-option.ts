import { Option } from 'commander';
import { formatProblems } from '../../kit/yaml-file';
import type { KnownDeviation } from '../judge/result';
import { LabError } from '../lab/lab-error';
import { parseKnown } from '../plan/known-file';
import { readText } from './read-text';

/** Makes the option `--known`, which {@link loadKnown} reads. */
export const knownOption = (): Option =>
  new Option('--known <file>', 'deviations that are known and do not fail the run, as YAML (docs/ci.md)');

/**
 * Loads a file of known deviations.
 *
 * @returns undefined if no file is given
 * @throws LabError `KNOWN_UNREADABLE`, `KNOWN_MALFORMED`
 */
export function loadKnown(file: string | undefined): KnownDeviation[] | undefined {
  if (file === undefined) return undefined;
  const text = readText(file, {
    what: 'file of known deviations',
    unreadable: 'KNOWN_UNREADABLE',
    malformed: 'KNOWN_MALFORMED',
  });
  const read = parseKnown(text, file);
  if (!read.ok)
    throw new LabError('KNOWN_MALFORMED', `${formatProblems(read.problems)}; docs/ci.md shows the form`);
  return read.value.map(({ traversedAt, ...one }) => ({
    ...one,
    ...(traversedAt === undefined ? {} : { traversedAt: traversedAt === 'none' ? null : traversedAt }),
  }));
}
