import { fitsStars } from '../../kit/star-pattern';
import { claimsOf } from './claims-of-run';
import type { CellResult, KnownDeviation, RunResult } from './result';

/**
 * Known deviations: cells that do not end as expected, which is known and put up with for a reason. They do not fail a
 * run, and everything else does.
 */

/**
 * Marks the cells that deviate as is known, the claims that only they contradict, and counts them. Pure; what a result
 * was marked with before does not matter.
 *
 * @param known what is known; by default what the result says of itself
 */
export function withKnown(
  result: RunResult,
  known: readonly KnownDeviation[] = result.run.known ?? [],
): RunResult {
  const { known: _, ...run } = result.run;
  const cells = result.cells.map((cell) => marked(cell, known, run));
  const unknown = cells.filter((cell) => !cell.known);
  const withoutKnown = unknown.length < cells.length ? claimsOf(unknown, run) : result.claims;
  const isByKnown = (id: string): boolean =>
    withoutKnown.find((claim) => claim.id === id)?.verdict !== 'contradicted';
  const { known: __, ...summary } = result.summary;
  return {
    ...result,
    run: known.length > 0 ? { ...run, known: [...known] } : run,
    cells,
    claims: result.claims.map(({ known: ___, ...claim }) =>
      claim.verdict === 'contradicted' && isByKnown(claim.id) ? { ...claim, known: true } : claim,
    ),
    summary: known.length > 0 ? { ...summary, known: cells.length - unknown.length } : summary,
  };
}

function marked(
  { known: _, ...cell }: CellResult,
  known: readonly KnownDeviation[],
  run: RunResult['run'],
): CellResult {
  const found = known.find((one) => isAbout(one, cell) && isAsKnown(one, cell) && !isPast(one, run));
  if (!found) return cell;
  const { reason, issue, until } = found;
  return {
    ...cell,
    known: { reason, ...(issue === undefined ? {} : { issue }), ...(until === undefined ? {} : { until }) },
  };
}

/** Says whether the id of a cell fits; `*` stands for any characters. */
export const isAbout = ({ cell: pattern }: KnownDeviation, { id }: Pick<CellResult, 'id'>): boolean =>
  fitsStars(id, pattern);

/** Says whether a cell deviates in the way that is known. Without an outcome, what could not be judged is not meant. */
function isAsKnown(
  { traversedAt, outcome }: KnownDeviation,
  cell: Pick<CellResult, 'traversedAt' | 'outcome'>,
): boolean {
  const isOutcome =
    outcome === undefined
      ? cell.outcome === 'unexpected' || cell.outcome === 'flaky'
      : cell.outcome === outcome;
  return isOutcome && (traversedAt === undefined || cell.traversedAt === traversedAt);
}

/** Says whether the run began after the last day on which the deviation counts. */
const isPast = ({ until }: KnownDeviation, { startedAt }: Pick<RunResult['run'], 'startedAt'>): boolean =>
  until !== undefined && startedAt.slice(0, 10) > until;

/** What is not right any more with what is known, by entry. */
export interface KnownProblems {
  /** No cell of the run has such an id. */
  readonly unmatched: readonly KnownDeviation[];
  /** The run began after its last day, and a cell still deviates. */
  readonly past: readonly KnownDeviation[];
  /** Every cell that it is about is as expected. */
  readonly gone: readonly KnownDeviation[];
  /** Cells that deviate otherwise than is known of them. */
  readonly others: readonly { readonly cell: CellResult; readonly known: KnownDeviation }[];
}

/** Finds what is not right any more with what is known. */
export function knownProblems({ run, cells }: RunResult): KnownProblems {
  const known = (run.known ?? []).map((one) => ({ one, about: cells.filter((cell) => isAbout(one, cell)) }));
  const isPassing = ({ outcome }: CellResult): boolean => outcome === 'expected';
  const unknown = cells.filter((cell) => !cell.known && !isPassing(cell) && cell.outcome !== 'skipped');
  return {
    unmatched: known.filter(({ about }) => about.length === 0).map(({ one }) => one),
    past: known
      .filter(({ one, about }) => isPast(one, run) && about.some((cell) => isAsKnown(one, cell)))
      .map(({ one }) => one),
    // What is only known to be flaky passes now and then.
    gone: known
      .filter(({ one, about }) => one.outcome !== 'flaky' && about.length > 0 && about.every(isPassing))
      .map(({ one }) => one),
    others: unknown.flatMap((cell) => {
      const found = known.find(({ one }) => isAbout(one, cell) && !isPast(one, run))?.one;
      return found && cell.outcome !== 'unsupported' ? [{ cell, known: found }] : [];
    }),
  };
}
