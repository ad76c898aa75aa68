import { renderPage, type PageData } from 'nimsfw-result-page';
import type { RunEvent } from '../journal/events';
import { RunState } from '../journal/reduce';
import type { RunResult } from '../judge/result';
import { pageCells, pageDataOf } from '../report/page/page-data';
import type { PageSources } from '../report/page/page-sources';
import { readPageData } from '../report/page/read-page-data';
import { noFiles } from '../report/page/run-files';
import type { Reporter } from '../report/reporter';
import { LiveServer, type LiveMessage } from './live-server';

/** Milliseconds in which changes are collected before they are sent. */
const collectedMs = 200;

/** A run of one variant of the lab, and the ids of its cells that have begun. */
interface WatchedRun {
  readonly state: RunState;
  readonly begun: Set<string>;
}

/**
 * Shows a run in a browser while it goes on: the page of its result, with every cell there from the start, as pending, running
 * or done. When the run is over the page has become the report.
 */
export class LiveView implements Reporter {
  /** The runs that have begun, one for each variant of the lab. */
  private readonly runs: WatchedRun[] = [];
  private readonly changed = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly server: LiveServer,
    private readonly out: string,
  ) {}

  /**
   * Begins to serve, before the run begins.
   * @param port 0 for a free one
   * @param out the folder of the run, from which the captures are read at its end
   * @throws LabError `PORT_TAKEN`
   */
  static async open(port: number, out: string): Promise<LiveView> {
    const server = await LiveServer.listen(port, {
      page: () => renderPage(view.data(), { live: true }),
      first: () => pageMessage(view.data()),
    });
    const view = new LiveView(server, out);
    return view;
  }

  /** The address of the page, with the token that lets a browser in. */
  get url(): string {
    return this.server.url;
  }

  onEvent(event: RunEvent): void {
    if (event.type === 'run-began') this.runs.push({ state: new RunState(), begun: new Set() });
    const run = this.runs.at(-1);
    if (!run) return;
    run.state.take(event);
    switch (event.type) {
      case 'cell-began':
        run.begun.add(event.cell);
        return this.change(event.cell);
      case 'attempt':
        return this.change(event.cell);
      case 'cell-ended':
        return this.change(event.cell.id);
      case 'run-began':
      case 'outage':
      case 'versions':
        return this.server.send(pageMessage(this.data()));
      default:
        return;
    }
  }

  async onEnd(result: RunResult): Promise<void> {
    clearTimeout(this.timer);
    try {
      const { notes, ...data } = await readPageData(result, { out: this.out, folder: this.out });
      // The server ends with the run, and this page cannot lead to files by itself.
      const note = `The links to captures lead to them from ${this.out}/report.html, which is this page as a file.`;
      this.server.send(pageMessage({ ...data, notes: [...notes, note] }));
    } finally {
      await this.server.close();
    }
  }

  /** Ends the view of a run that failed before it had a result. */
  async close(): Promise<void> {
    clearTimeout(this.timer);
    await this.server.close();
  }

  /** Returns the page as it is now. */
  private data(): PageData {
    const pages = this.runs.map((run) => pageDataOf(run.state.result()!, sourcesOf(run)));
    const last = pages.at(-1);
    return last ? { ...last, cells: pages.flatMap(({ cells }) => cells) } : nothingYet;
  }

  private change(cell: string): void {
    this.changed.add(cell);
    this.timer ??= setTimeout(() => this.sendChanged(), collectedMs);
  }

  /** Sends the cells that have changed and were not sent yet. */
  sendChanged(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.changed.size === 0) return;
    // The run goes on beside it, so that only what has changed is made anew.
    const cells = this.runs.flatMap((run) => {
      const result = run.state.result()!;
      const changed = result.cells.filter(({ id }) => this.changed.has(id));
      return pageCells(changed, result, sourcesOf(run));
    });
    this.changed.clear();
    for (const cell of cells) this.server.send({ event: 'cell', data: JSON.stringify(cell) });
  }
}

/** The captures of a run that goes on are not read yet. */
const sourcesOf = ({ begun }: WatchedRun): PageSources => ({ files: noFiles, sequences: new Map(), begun });

const pageMessage = (data: PageData): LiveMessage => ({ event: 'page', data: JSON.stringify(data) });

/** The page until a lab stands. */
const nothingYet: PageData = {
  run: {
    id: '',
    startedAt: 0,
    durationMs: 0,
    isOver: false,
    isInterrupted: false,
    command: '',
    summary: 'The lab starts',
    isAsExpected: true,
  },
  ...{ notes: [], warnings: [], facts: [], firewalls: [], scenarios: [], suites: [], variants: [] },
  ...{ steps: [], cells: [], claims: [], measurements: [] },
};
