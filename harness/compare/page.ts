import type { PageComparison } from 'nimsfw-result-page';
import type { Comparison } from './comparison';
import { comparedRunWords, differenceWords, subjectWords } from './words';

/** Returns a comparison as the result page shows it; a change of a firewall or a claim has no cell. */
export const pageComparisonOf = (comparison: Comparison): PageComparison => ({
  baseline: comparedRunWords(comparison.baseline),
  notes: [...comparison.notes, comparison.times],
  changes: comparison.changes.map((change) => ({
    cell: change.about === 'firewall' || change.about === 'claim' ? '' : change.id,
    kind: change.kind,
    text: `${subjectWords(change)}: ${differenceWords(change)}`,
  })),
});
