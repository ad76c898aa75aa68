import { quantile } from '../../../kit/statistics';

/**
 * Makes calls by an absolute schedule: a late call does not delay the next ones, so that the schedule does not
 * drift. It measures how far the calls are off, since Node's timers only count milliseconds.
 */
export class Pacer {
  private timer: NodeJS.Timeout | undefined;
  private readonly begun: number;
  private count = 0;
  private readonly errors: number[] = [];

  /**
   * @param intervalMs milliseconds between two calls; the first call is made at once
   * @param call gets the number of the call, from 0
   */
  constructor(
    private readonly intervalMs: number,
    private readonly call: (count: number) => void,
  ) {
    this.begun = performance.now();
    this.tick();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  /** The 95th percentile of |actual - due|, in milliseconds. */
  get errorP95Ms(): number {
    return this.errors.length === 0 ? 0 : quantile(this.errors, 0.95);
  }

  private get due(): number {
    return this.begun + this.count * this.intervalMs;
  }

  private tick(): void {
    // A timer may fire up to a millisecond early or late, so a call is made up to half a millisecond early.
    while (this.due - performance.now() < 0.5) {
      this.errors.push(Math.abs(performance.now() - this.due));
      this.call(this.count);
      this.count++;
    }
    this.timer = setTimeout(() => this.tick(), Math.round(this.due - performance.now() - 0.5));
  }
}
