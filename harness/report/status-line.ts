/** How often the seconds move, in milliseconds. */
const interval = 200;

const eraseLine = '\r\u001B[2K';

/** A last line on a terminal that is drawn anew in place; what is printed goes above it. */
export class StatusLine {
  private readonly timer: NodeJS.Timeout;
  private shown = false;

  /**
   * @param send prints as it is
   * @param text what the line says now
   * @param columns the terminal's width: a longer line would wrap, and could not be erased
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

  /** A line to print above this one. */
  above(line: string): string {
    return `${this.erased()}${line}\n${this.line()}`;
  }

  /** Takes the line away for good. */
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
    return this.text().slice(0, Math.max(0, this.columns() - 1));
  }
}
