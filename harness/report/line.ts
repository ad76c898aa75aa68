import { createColors } from 'picocolors';
import { plural, seconds } from '../../kit/words';
import { shellWord } from '../../nodes/shell-word';
import type { EventOf, RunEvent } from '../journal/events';
import { isUnexpected } from '../judge/outcome';
import type { RunResult } from '../judge/result';
import { noticeOf } from './notice';
import type { Output } from './output';
import type { Reporter, ReporterContext, ReporterKind } from './reporter';
import { StatusLine } from './status-line';
import { cut, widthOf, wrap } from './paragraph';
import { toTerminal, usualColumns } from './terminal';
import { boxesWords, oneLine, problemWords, traversedShort, wayWords } from './words';

/** Prints progress and the result for people. */
export const line: ReporterKind = {
  name: 'line',
  printsWarnings: true,
  open: (context) => new LineReporter(context, context),
};

/** The same with a line for each attempt, for who watches a lab at work. */
export const verbose: ReporterKind = {
  name: 'verbose',
  printsWarnings: true,
  open: (context) => new LineReporter(context, { ...context, attempts: true }),
};

/** Says where the run's files are, and what shows that for which the terminal has no room. */
function filesWords(out: string, result: RunResult): string {
  const isWrong = result.cells.some((cell) => problemWords(cell) !== undefined);
  return [
    `Files: ${out}`,
    'report.html there shows each cell with its packets, table.md has it all as text',
    ...(isWrong ? [`npx nimsfw explain --run ${shellWord(out)} tells why cells are not as expected`] : []),
    '',
  ].join('\n');
}

/** The options of {@link LineReporter}. */
export interface LineOptions extends Pick<ReporterContext, 'terminal' | 'colours'> {
  readonly columns?: ReporterContext['columns'];
  /** The folder of the run's files, which the last line names. */
  readonly out?: string;
  /** Prints a line for each attempt too, as long as it needs to be. */
  readonly attempts?: boolean;
  /** Milliseconds on any clock. */
  readonly now?: () => number;
}

/**
 * Prints one line for each cell, none of them longer than the terminal, then the result. On a terminal a status line
 * stands below the progress.
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
    const { out, colours } = this.options;
    const where = out ? `\n${filesWords(out, result)}` : '';
    this.send(`\n${toTerminal(result, colours, this.columns())}${where}`);
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
    const text = repeat > 1 ? `${words}, ${repeat} rounds` : words;
    const boxes = run.boxes.some(({ isReference }) => !isReference) ? [boxesWords({ run })] : [];
    for (const one of [text, ...boxes])
      for (const piece of wrap(oneLine(one), this.columns())) this.print(piece);
    if (!this.options.terminal || this.status) return;
    this.status = new StatusLine(
      (text) => this.send(text),
      () => this.progress(),
      () => this.columns(),
    );
  }

  private attempt({ cell, attempt }: EventOf<'attempt'>): void {
    const printed = this.running.get(cell);
    // An attempt that is judged again has been printed already; those of a cell that never began are printed
    // with the cell.
    if (!this.options.attempts || !printed || printed.has(attempt.id)) return;
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
    const before = `${this.clock()}  ${count.padStart(7)}  `;
    this.print(`${before}${colour(cut(oneLine(line), this.columns() - widthOf(before)))}`);
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

  private columns(): number {
    return this.options.columns?.() ?? usualColumns;
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
