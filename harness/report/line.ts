import { createColors } from 'picocolors';
import type { EventOf, RunEvent } from '../journal/events';
import { isUnexpected } from '../judge/outcome';
import type { RunResult } from '../judge/result';
import { noticeOf } from './notice';
import type { Output } from './output';
import type { Reporter, ReporterContext, ReporterKind } from './reporter';
import { StatusLine } from './status-line';
import { toTerminal } from './terminal';
import { boxesWords, oneLine, plural, problemWords, seconds, traversedShort, wayWords } from './words';

/** Prints progress and tables for people. */
export const line: ReporterKind = { name: 'line', open: (context) => new LineReporter(context, context) };

/** The options of {@link LineReporter}. */
export interface LineOptions extends Pick<ReporterContext, 'terminal' | 'colours'> {
  readonly columns?: ReporterContext['columns'];
  /** The folder of the run's files, which the last line names. */
  readonly out?: string;
  /** Milliseconds on any clock. */
  readonly now?: () => number;
}

/**
 * Prints one line for each attempt and each cell, then the tables. On a terminal a status line stands below the
 * progress.
 */
export class LineReporter implements Reporter {
  private readonly paint;
  private readonly now: () => number;
  private status: StatusLine | undefined;
  private startedAt = 0;
  /** Time of the latest event on the journal's clock, and time of its arrival here on this process's clock. */
  private latest = { at: 0, toldAt: 0 };
  private total = 0;
  private ended = 0;
  /** The cells that are played now, each with its attempts that were printed. */
  private readonly running = new Map<string, Set<string>>();
  /** Resolves when everything up to now is printed. Each text waits for it, so that the order stays. */
  private printed: Promise<void> = Promise.resolve();
  private broken: Error | undefined;

  constructor(
    private readonly output: Output,
    private readonly options: LineOptions,
  ) {
    this.paint = createColors(options.colours);
    this.now = options.now ?? (() => performance.now());
  }

  onEvent(event: RunEvent): void {
    this.latest = { at: event.at, toldAt: this.now() };
    switch (event.type) {
      case 'run-began':
        return this.begin(event);
      case 'cell-began':
        if (!this.running.has(event.cell)) this.running.set(event.cell, new Set());
        this.status?.draw();
        return;
      case 'attempt':
        return this.attempt(event);
      case 'cell-ended':
        return this.endCell(event);
      case 'outage':
      case 'warning':
        // Without a terminal, warnings go to standard error instead.
        if (this.options.terminal) this.print(this.paint.red(noticeOf(event)));
        return;
      default:
        return;
    }
  }

  async onEnd(result: RunResult): Promise<void> {
    this.status?.end();
    this.status = undefined;
    const where = this.options.out ? `\nFiles: ${this.options.out}\n` : '';
    this.send(`\n${toTerminal(result, this.options.colours)}${where}`);
    await this.printed;
    if (this.broken) throw this.broken;
  }

  private begin({ at, run, cells }: EventOf<'run-began'>): void {
    // In a run over several variants of the lab each of them begins anew.
    if (this.total === 0) this.startedAt = at;
    this.total += cells.length;
    const variant = cells[0]?.variant;
    const { firewalls, steps, repeat } = run.plan;
    const words = `${variant === undefined ? '' : `${variant}: `}${plural(cells.length, 'cell')}: ${plural(firewalls.length, 'firewall')}, steps ${steps.join(', ')}, patience ${run.patience}`;
    this.print(oneLine(repeat > 1 ? `${words}, ${repeat} rounds` : words));
    if (run.boxes.some(({ isReference }) => !isReference)) this.print(boxesWords({ run }));
    if (!this.options.terminal || this.status) return;
    this.status = new StatusLine(
      (text) => this.send(text),
      () => this.progress(),
      () => this.options.columns?.() ?? 80,
    );
  }

  private attempt({ cell, attempt }: EventOf<'attempt'>): void {
    const printed = this.running.get(cell);
    // An attempt that is judged again has been printed already; those of a cell that never began are printed
    // with the cell.
    if (!printed || printed.has(attempt.id)) return;
    printed.add(attempt.id);
    const wrong = isUnexpected(attempt);
    const verdict = wrong ? `${attempt.verdict} ! expected ${attempt.expected}` : attempt.verdict;
    const place = attempt.at === undefined ? '' : `on ${attempt.at}, `;
    const line = oneLine(`${cell}  ${place}${wayWords(attempt)}  ${verdict}  ${attempt.reason}`);
    this.print(`${this.clock()}           ${wrong ? this.paint.red(line) : this.paint.dim(line)}`);
  }

  private endCell({ cell }: EventOf<'cell-ended'>): void {
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
    return seconds(this.latest.at - this.startedAt).padStart(7);
  }

  private progress(): string {
    const now = [...this.running.keys()].slice(0, 4).join(', ');
    const elapsed = this.latest.at - this.startedAt + this.now() - this.latest.toldAt;
    return `${seconds(elapsed).padStart(7)}  ${this.ended}/${plural(this.total, 'cell')} done${now ? `; running ${now}` : ''}`;
  }
}
