import type { AttemptResult, CellResult, RunResult } from '../judge/result';
import type { LabError } from '../lab/lab-error';
import type { Plan, PlannedCell } from '../plan/plan';

/** Shows a run. Every method is optional; they are called in this order. */
export interface Reporter {
  onBegin?(plan: Plan): void;
  onCellBegin?(cell: PlannedCell): void;
  /** An attempt was judged; its capture-borne evidence (TLS, CONNECT counts) may still be added at the cell's end. */
  onAttempt?(cell: PlannedCell, attempt: AttemptResult): void;
  onCellEnd?(cell: CellResult): void;
  /** Something of the lab failed, and the run goes on: told at once, at any time, also after the end. */
  onWarning?(warning: LabError): void;
  /** The whole result; may write files. */
  onEnd?(result: RunResult): Promise<void> | void;
}
