import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { groupBy } from '../../kit/group-by';
import { espKeysIn } from '../../nodes/ipsec/esp-sa';
import { espSaName } from '../evidence/capture-names';
import type { RunResult } from '../judge/result';

/**
 * Counts the security associations of attempts whose keys are not stored, so that nobody can open their packets.
 *
 * @param folder of the run; undefined if there is nothing but a result
 */
export function missingKeys({ cells }: RunResult, folder: string | undefined): number {
  const keysOf = (variant: string): ReturnType<typeof espKeysIn> => {
    const file = join(folder ?? '', variant, espSaName);
    return espKeysIn(folder !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : '');
  };
  const missing = [...groupBy(cells, ({ variant = '' }) => variant)].map(([variant, own]) => {
    const keys = keysOf(variant);
    const spis = own.flatMap(({ attempts }) =>
      attempts.flatMap(({ identifiers }) => identifiers.espSpis ?? []),
    );
    return new Set(spis.filter((spi) => !keys.has(spi))).size;
  });
  return missing.reduce((sum, count) => sum + count, 0);
}
