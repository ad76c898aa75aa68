import { cut } from './paragraph';

/** Milliseconds between two updates of the seconds. */
const interval = 200;

const eraseLine = '\r\u001B[2K';

/** The last line on a terminal, which is redrawn in place. Other output goes above it. */
export class StatusLine {
  private readonly timer: NodeJS.Timeout;
  private shown = false;

  /**
   * @param send prints text unchanged
   * @param text returns the current text of the line
   * @param columns returns the terminal's width; a longer line would wrap and could not be erased
   */
  constructor(
    private readonly send: (text: string) => void,
    private readonly text: () => string,
    private readonly columns: () => number,
  ) {
    this.timer = setInterval(() => this.draw(), interval);
    this.timer.unref();
    this.draw();
  }

  draw(): void {
    this.send(this.erased() + this.line());
  }

  /** Returns the text that prints a line above this one. */
  above(line: string): string {
    return `${this.erased()}${line}\n${this.line()}`;
  }

  /** Removes the line for good. */
  end(): void {
    clearInterval(this.timer);
    this.send(this.erased());
    this.shown = false;
  }

  private erased(): string {
    return this.shown ? eraseLine : '';
  }

  private line(): string {
    this.shown = true;
    // One column stays free, since some terminals wrap when the last one is written.
    return cut(this.text(), Math.max(1, this.columns() - 1));
  }
}
