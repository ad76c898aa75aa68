import { asFailure } from '../failure';
import type { AttemptFailure } from '../failure';
import type { UserAgent } from './user-agent';

/**
 * Keeps the flow of a registration alive (RFC 5626 4.4), with pings on a connection and STUN over UDP, as often as
 * the P-CSCF recommended in the answer to REGISTER (RFC 6223). It ends with its user agent.
 */
export class KeepAlive {
  private timer: NodeJS.Timeout | undefined;
  private over = false;

  private constructor(
    private readonly agent: Pick<UserAgent, 'checkFlow'>,
    private readonly ceilingMs: number,
    private readonly lost: (failure: AttemptFailure) => void,
    private readonly random: () => number,
  ) {}

  /**
   * Starts keep-alives for a user agent that has registered. Without a recommendation and without an interval it
   * sends none, because only a P-CSCF that agreed to keep-alives gets them (RFC 6223 4.1).
   * @param ceilingMs the longest interval in milliseconds, in place of the one that the P-CSCF recommends
   * @param lost called once, with `FLOW_LOST`, if the flow is lost
   * @param random returns a number from 0 to 1
   */
  static start(
    agent: Pick<UserAgent, 'checkFlow' | 'keepSeconds' | 'whenOver'>,
    ceilingMs: number | undefined,
    lost: (failure: AttemptFailure) => void,
    random: () => number = Math.random,
  ): KeepAlive {
    const recommended = agent.keepSeconds === undefined ? undefined : 1000 * agent.keepSeconds;
    const keepAlive = new KeepAlive(agent, ceilingMs ?? recommended ?? Infinity, lost, random);
    agent.whenOver(() => keepAlive.stop());
    keepAlive.arm(0);
    return keepAlive;
  }

  /** Stops the keep-alives. */
  stop(): void {
    this.over = true;
    clearTimeout(this.timer);
  }

  /** Schedules the next keep-alive. @param elapsedMs milliseconds since the last one was sent */
  private arm(elapsedMs: number): void {
    if (this.over || this.ceilingMs === Infinity) return;
    // RFC 5626 4.4.1 and 4.4.2: each interval is drawn at random between 80 and 100 percent of the longest.
    const interval = this.ceilingMs * (0.8 + 0.2 * this.random());
    this.timer = setTimeout(() => void this.send(), Math.max(0, interval - elapsedMs));
  }

  private async send(): Promise<void> {
    const sentAt = performance.now();
    try {
      await this.agent.checkFlow();
      this.arm(performance.now() - sentAt);
    } catch (error) {
      if (this.over) return;
      this.stop();
      this.lost(asFailure(error));
    }
  }
}
