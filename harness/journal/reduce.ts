import { claimsOf } from '../judge/claims-of-run';
import { expectedOf, outcomeOf, summaryOf, traversedAt } from '../judge/outcome';
import { withKnown } from '../judge/known';
import {
  resultSchemaId,
  type AttemptResult,
  type BoxResult,
  type CellResult,
  type RunResult,
} from '../judge/result';
import type { EventOf, RunEvent } from './events';

/** The state of a run after the events of its journal so far. */
export class RunState {
  private began: EventOf<'run-began'> | undefined;
  private ended: EventOf<'run-ended'> | undefined;
  private lastAt = 0;
  private versions: RunResult['run']['versions'] = {};
  private readonly outages: NonNullable<RunResult['run']['outages']> = [];
  /** The attempts by the ids of cell and attempt, in the order in which they were first judged. */
  private readonly attempts = new Map<string, Map<string, AttemptResult>>();
  private readonly endedCells = new Map<string, EventOf<'cell-ended'>['cell']>();

  /** True if any attempt was judged. */
  get isAnythingJudged(): boolean {
    return this.attempts.size > 0;
  }

  /** True if the run is over. Later events are no part of the result. */
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

  /** Returns the end of a cell as its event has it. */
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
   * Returns the result so far. While the run is not over, the result is marked as interrupted, and a cell that
   * was not played to its end is `skipped`, with the attempts that were judged.
   *
   * @returns undefined as long as the run has not begun
   */
  result(): RunResult | undefined {
    if (!this.began) return undefined;
    const { run, cells: planned } = this.began;
    const { versions } = this;
    const cells = planned.map((cell): CellResult => {
      const attempts = this.attemptsOf(cell);
      const end = this.endedCells.get(cell.id) ?? { ...this.endOf(cell), outcome: 'skipped' };
      return { ...end, attempts };
    });
    return withKnown({
      schema: resultSchemaId,
      run: {
        ...run,
        durationMs: this.lastAt - Date.parse(run.startedAt),
        interrupted: this.ended?.interrupted ?? true,
        versions,
        boxes: run.boxes.map((box) => withVersion(box, versions)),
        ...(this.outages.length > 0 ? { outages: this.outages } : {}),
      },
      cells,
      claims: claimsOf(cells, run),
      summary: summaryOf(cells),
    });
  }

  /** Returns the attempts on the cell's own network, then those on the network that the UE moved to. */
  private attemptsOf({ id }: Pick<CellResult, 'id'>): AttemptResult[] {
    const all = [...(this.attempts.get(id)?.values() ?? [])];
    return [...all.filter(({ at }) => at === undefined), ...all.filter(({ at }) => at !== undefined)];
  }
}

/** Returns a box with the version of its program, or the digest of its image. */
function withVersion(box: BoxResult, versions: RunResult['run']['versions']): BoxResult {
  const version = box.product === undefined ? undefined : versions[box.product];
  const digest = box.image === undefined ? undefined : versions[box.image];
  return {
    ...box,
    ...(version === undefined ? {} : { version }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/**
 * Makes the result from a journal. Pure. A run makes its own result with the same function, so that the two
 * cannot differ.
 *
 * @param events of one run, in order
 * @returns undefined if the run never began
 */
export function reduce(events: Iterable<RunEvent>): RunResult | undefined {
  const state = new RunState();
  for (const event of events) state.take(event);
  return state.result();
}
