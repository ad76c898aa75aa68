import { asFailure } from '../failure';
import type { AttemptFailure } from '../failure';
import type { UserAgent } from './user-agent';

/**
 * Keeps the flow of a registration alive (RFC 5626 4.4): pings on a connection, STUN over UDP, as often as the P-CSCF
 * recommended in the answer to REGISTER (RFC 6223). Ends with its user agent.
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
   * Starts it on a user agent that has registered. Without a recommendation and without an interval none are sent: they
   * are only for who agreed to them (RFC 6223 4.1).
   * @param ceilingMs the longest interval, in place of what the P-CSCF recommends
   * @param lost told once, `FLOW_LOST`, when the flow is lost
   * @param random from 0 to 1
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

  /** Sends none any more. */
  stop(): void {
    this.over = true;
    clearTimeout(this.timer);
  }

  /** @param elapsedMs since the last one was sent */
  private arm(elapsedMs: number): void {
    if (this.over || this.ceilingMs === Infinity) return;
    // RFC 5626 4.4.1 and 4.4.2: at random between 80 and 100 percent, anew each time.
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
