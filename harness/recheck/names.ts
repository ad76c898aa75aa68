import { isSameRung, ladderOf, rungOf } from '../../ladder';
import { idIn } from '../judge/missing';
import { scenariosOf } from '../judge/known-scenarios';
import type { AttemptResult, CellResult, RunResult } from '../judge/result';
import { attemptId, cellId } from '../plan/cell-id';
import type { Disagreement } from './differences';

/**
 * Returns where the id of a cell or an attempt is not that of its fields, or an attempt was on a rung that its cell does not
 * have: a cell of AKA has the ladder of AKA, and a rung has the name that its fields give it.
 */
export function wrongNames({ run: { plan }, cells }: RunResult): Disagreement[] {
  const known = scenariosOf(plan);
  return cells.flatMap((cell) => {
    const { id, scenario, security, attempts } = cell;
    const ladder = ladderOf(known.find((one) => one.id === scenario)?.ladder ?? [], security);
    const isOnLadder = (attempt: AttemptResult): boolean => ladder.some((rung) => isSameRung(rung, attempt));
    return [
      ...misnamed(id, idOf(cell), 'cell'),
      ...attempts.flatMap((attempt) => [
        ...misnamed(attempt.id, attemptId(id, { ...attempt, rung: rungOf(attempt) }, plan.repeat), 'attempt'),
        ...(ladder.length === 0 || isOnLadder(attempt)
          ? []
          : [{ id: attempt.id, text: `${rungWords(attempt)} is no rung of ${scenario} with ${security}` }]),
      ]),
    ];
  });
}

/** Returns the id that a cell has to have. In the proof of a phone each cell has a scenario of its own, with the cell's name. */
const idOf = (cell: CellResult): string => {
  const id = cell.id === cell.scenario ? cell.id : cellId(cell);
  return cell.variant === undefined ? id : idIn(cell.variant, id);
};

const misnamed = (id: string, right: string, what: string): Disagreement[] =>
  id === right ? [] : [{ id, text: `by its fields it is the ${what} ${right}` }];

const rungWords = ({ step, via, server, transport, port, through, security }: AttemptResult): string =>
  `step ${step} by ${via} (${server}, ${transport}, port ${port}, ${through}, ${security})`;
