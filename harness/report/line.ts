import { createColors } from 'picocolors';
import type { AttemptResult, CellResult, RunResult } from '../judge/result';
import type { Plan, PlannedCell } from '../plan/plan';
import { failureLine, type LabError } from '../lab/lab-error';
import type { Output } from './output';
import type { Reporter } from './reporter';
import { StatusLine } from './status-line';
import { toTerminal } from './terminal';
import { oneLine, plural, problemWords, seconds, traversedShort } from './words';

/** What {@link LineReporter} prints on. */
export interface LineOptions {
  /** Whether the text goes to a terminal: then a status line stands below it. */
  readonly terminal: boolean;
  readonly colours: boolean;
  /** Width of the terminal in columns, asked for anew each time. */
  readonly columns?: () => number | undefined;
  /** Where the files of the run are, told at the end. */
  readonly out?: string;
  /** Milliseconds on any clock. */
  readonly now?: () => number;
}

/** Progress, one line for each attempt and each cell, then the tables. */
export class LineReporter implements Reporter {
  private readonly paint;
  private readonly now: () => number;
  private status: StatusLine | undefined;
  private startedAt = 0;
  private total = 0;
  private ended = 0;
  private readonly running = new Set<string>();
  /** Prints one after the other, so that nothing overtakes. */
  private printed: Promise<void> = Promise.resolve();
  private broken: Error | undefined;

  constructor(
    private readonly output: Output,
    private readonly options: LineOptions,
  ) {
    this.paint = createColors(options.colours);
    this.now = options.now ?? (() => performance.now());
  }

  onBegin(plan: Plan): void {
    this.startedAt = this.now();
    this.total = plan.cells.length;
    const words = `${plural(plan.cells.length, 'cell')}: ${plural(plan.firewalls.length, 'firewall')}, steps ${plan.steps.join(', ')}, patience ${plan.patience}`;
    this.print(plan.repeat > 1 ? `${words}, ${plan.repeat} rounds` : words);
    if (!this.options.terminal) return;
    this.status = new StatusLine(
      (text) => this.send(text),
      () => this.progress(),
      () => this.options.columns?.() ?? 80,
    );
  }

  onCellBegin(cell: PlannedCell): void {
    this.running.add(cell.id);
    this.status?.draw();
  }

  onAttempt(cell: PlannedCell, attempt: AttemptResult): void {
    const wrong = attempt.verdict !== attempt.expected;
    const verdict = wrong ? `${attempt.verdict} ! expected ${attempt.expected}` : attempt.verdict;
    const place = attempt.at === undefined ? '' : `on ${attempt.at}, `;
    const line = oneLine(
      `${cell.id}  ${place}step ${attempt.step} ${attempt.via}  ${verdict}  ${attempt.reason}`,
    );
    this.print(`${this.clock()}           ${wrong ? this.paint.red(line) : this.paint.dim(line)}`);
  }

  onCellEnd(cell: CellResult): void {
    this.ended += 1;
    this.running.delete(cell.id);
    const count = `${String(this.ended).padStart(String(this.total).length)}/${this.total}`;
    const problem = problemWords(cell);
    const line = `${cell.id}  ${problem ?? traversedShort(cell)}`;
    const colour = problem
      ? this.paint.red
      : cell.outcome === 'skipped'
        ? this.paint.yellow
        : cell.traversedAt === null
          ? (text: string) => text
          : this.paint.green;
    this.print(`${this.clock()}  ${count.padStart(7)}  ${colour(oneLine(line))}`);
  }

  /** On a terminal it must not run into the status line; elsewhere warnings are for standard error. */
  onWarning(warning: LabError): void {
    if (this.options.terminal) this.print(this.paint.red(failureLine(warning)));
  }

  async onEnd(result: RunResult): Promise<void> {
    this.status?.end();
    this.status = undefined;
    const where = this.options.out ? `\nFiles: ${this.options.out}\n` : '';
    this.send(`\n${toTerminal(result, this.options.colours)}${where}`);
    await this.printed;
    if (this.broken) throw this.broken;
  }

  private print(line: string): void {
    this.send(this.status ? this.status.above(line) : `${line}\n`);
  }

  private send(text: string): void {
    this.printed = this.printed
      .then(() => (this.broken ? undefined : this.output.write(text)))
      .catch((error: unknown) => {
        this.broken = error instanceof Error ? error : new Error(String(error));
      });
  }

  private clock(): string {
    return seconds(this.now() - this.startedAt).padStart(7);
  }

  private progress(): string {
    const now = [...this.running].slice(0, 4).join(', ');
    return `${this.clock()}  ${this.ended}/${plural(this.total, 'cell')} done${now ? `; running ${now}` : ''}`;
  }
}
