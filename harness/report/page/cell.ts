import type { PageCell } from 'nimsfw-result-page';
import type { CellResult, RunResult } from '../../judge/result';
import { briefOf } from '../../explain/brief';
import { explainAttempt } from '../../explain/explain-attempt';
import { explainCell } from '../../explain/explain-cell';
import { cellCommand } from '../cell-command';
import { knownWords, suiteWords } from '../words';
import { pageAttempt } from './attempt';
import { pageCaptures } from './captures';
import type { PageSources } from './page-sources';

/** Arranges a cell for a page. */
export function pageCell(cell: CellResult, result: RunResult, { files, sequences }: PageSources): PageCell {
  const { firewalls } = result.run;
  const { id, variant, firewall, to, scenario, outcome, traversedAt, expected } = cell;
  // The files of a variant of the lab are in the folder of its name.
  const folder = variant === undefined ? '' : `${variant}/`;
  return {
    id,
    ...(variant === undefined ? {} : { variant }),
    firewall,
    ...(to === undefined ? {} : { to }),
    scenario,
    suite: suiteWords(cell),
    outcome,
    traversedAt,
    expected,
    ...(cell.known ? { known: knownWords(cell.known) } : {}),
    brief: briefOf(cell),
    explanation: explainCell(cell, { firewalls, sequences }),
    command: cellCommand(result, cell),
    attempts: cell.attempts.map((attempt) => {
      const sequence = sequences.get(attempt.id);
      return pageAttempt(attempt, {
        cell,
        explanation: explainAttempt(attempt, { cell, firewalls, sequence }),
        sequence,
        captures: pageCaptures(attempt, cell, result, files, folder),
        folder,
      });
    }),
  };
}
