import { decideClaims } from '../judge/claims';
import { scenariosOf } from '../judge/known-scenarios';
import { expectedOf, outcomeOf, summaryOf, traversedAt } from '../judge/outcome';
import { resultSchemaId, type AttemptResult, type CellResult, type RunResult } from '../judge/result';
import type { EventOf, RunEvent } from './events';

/** What a journal comes to so far. */
export class RunState {
  private began: EventOf<'run-began'> | undefined;
  private ended: EventOf<'run-ended'> | undefined;
  private lastAt = 0;
  private versions: RunResult['run']['versions'] = {};
  private readonly outages: NonNullable<RunResult['run']['outages']> = [];
  /** By the ids of cell and attempt, in the order in which they were first judged. */
  private readonly attempts = new Map<string, Map<string, AttemptResult>>();
  private readonly endedCells = new Map<string, EventOf<'cell-ended'>['cell']>();

  /** Whether any attempt was judged. */
  get isAnythingJudged(): boolean {
    return this.attempts.size > 0;
  }

  /** Whether the run is over; what comes then is no part of the result. */
  get isOver(): boolean {
    return this.ended !== undefined;
  }

  /** Takes the next event. */
  take(event: RunEvent): void {
    if (this.isOver) return;
    this.lastAt = event.at;
    switch (event.type) {
      case 'run-began':
        this.began = event;
        break;
      case 'versions':
        this.versions = event.versions;
        break;
      case 'outage': {
        const { node, code, text } = event;
        this.outages.push({ node, code, text });
        break;
      }
      case 'attempt': {
        const ofCell = this.attempts.get(event.cell) ?? new Map<string, AttemptResult>();
        this.attempts.set(event.cell, ofCell.set(event.attempt.id, event.attempt));
        break;
      }
      case 'cell-ended':
        this.endedCells.set(event.cell.id, event.cell);
        break;
      case 'run-ended':
        this.ended = event;
        break;
      case 'network-ready':
      case 'cell-began':
      case 'flow':
      case 'drop':
      case 'capture-read':
      case 'warning':
        break;
    }
  }

  /** What a cell has come to by its end. */
  endOf(cell: Omit<CellResult, 'attempts' | 'traversedAt' | 'outcome'>): EventOf<'cell-ended'>['cell'] {
    const attempts = this.attemptsOf(cell);
    const { to } = cell;
    const expected = expectedOf(cell.expected, attempts, to);
    return {
      ...cell,
      expected,
      traversedAt: traversedAt(attempts, to),
      outcome: outcomeOf(attempts, expected, to),
    };
  }

  /**
   * The result so far: of a run that is not over it is marked as interrupted, and a cell that was not played to its end is
   * `skipped`, with the attempts that were judged.
   *
   * @returns undefined as long as the run has not begun
   */
  result(): RunResult | undefined {
    if (!this.began) return undefined;
    const { run, cells: planned } = this.began;
    const cells = planned.map((cell): CellResult => {
      const attempts = this.attemptsOf(cell);
      const end = this.endedCells.get(cell.id) ?? { ...this.endOf(cell), outcome: 'skipped' };
      return { ...end, attempts };
    });
    return {
      schema: resultSchemaId,
      run: {
        ...run,
        durationMs: this.lastAt - Date.parse(run.startedAt),
        interrupted: this.ended?.interrupted ?? true,
        versions: this.versions,
        ...(this.outages.length > 0 ? { outages: this.outages } : {}),
      },
      cells,
      claims: decideClaims(cells, scenariosOf(run.plan)),
      summary: summaryOf(cells),
    };
  }

  /** Those on the cell's own network first, then those on the one that the UE moved to. */
  private attemptsOf({ id }: Pick<CellResult, 'id'>): AttemptResult[] {
    const all = [...(this.attempts.get(id)?.values() ?? [])];
    return [...all.filter(({ at }) => at === undefined), ...all.filter(({ at }) => at !== undefined)];
  }
}

/**
 * The result that a journal comes to. Pure: a run makes its own result with it too, so that the two cannot differ.
 *
 * @param events of one run, in order
 * @returns undefined where the run never began
 */
export function reduce(events: Iterable<RunEvent>): RunResult | undefined {
  const state = new RunState();
  for (const event of events) state.take(event);
  return state.result();
}
