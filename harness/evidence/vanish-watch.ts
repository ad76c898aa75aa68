import type { Readable, Writable } from 'node:stream';
import { Crossings } from './crossings';
import type { Denials } from './denial';
import { LivePcap } from './live-pcap';
import type { Border } from './passing';
import type { Side, Vanished } from './vanished';

/** The running capture of one side of a firewall. */
export interface SideCapture {
  /** pcap bytes, as `tcpdump -U -w -` streams them. */
  readonly stream: Readable;
  /** Receives a copy in whole records, and is ended by {@link VanishWatch.close}. */
  readonly file?: Writable;
}

/**
 * Watches what enters a firewall and never leaves it, by the running captures of its two sides. A packet that is
 * missing on the other side proves nothing before that capture has come past it, so the watch asks for a marker
 * (`catchUp`) before it says that a packet has vanished.
 */
export class VanishWatch implements Denials {
  private readonly crossings: Crossings;
  private readonly captures: readonly LivePcap[];
  private readonly listeners = new Set<(vanished: Vanished) => void>();
  private readonly told = new Set<number>();
  /** Both captures have come past this time, ms since the epoch. */
  private shownUntil = -Infinity;
  private latestSeenAt = -Infinity;
  private isLooking = false;
  private isWorthALook = false;
  private isWhole = true;

  /**
   * @param catchUp resolves when both captures have every packet that their interfaces had when it was called; rejects
   *   when they do not get so far
   */
  constructor(
    sides: Readonly<Record<Side, SideCapture>>,
    border: Border,
    private readonly catchUp: () => Promise<void>,
  ) {
    this.crossings = new Crossings(border);
    this.captures = (['inside', 'outside'] as const).map((side) => {
      const { stream, file } = sides[side];
      return new LivePcap(
        stream,
        `The capture ${side} ${border.firewall}`,
        (packet) => {
          this.latestSeenAt = Math.max(this.latestSeenAt, packet.at);
          if (this.crossings.add(side, packet)) void this.lookSoon();
        },
        file,
      );
    });
  }

  /** What is shown to have vanished by now; nothing once a capture has turned out to lack packets. */
  get drops(): readonly Vanished[] {
    return this.isWhole ? this.crossings.vanished(this.shownUntil) : [];
  }

  /** Calls `listener` for every packet that is shown to vanish for good, see {@link Vanished.decisive}. */
  onDrop(listener: (vanished: Vanished) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Resolves when it is known of every packet that has entered so far whether it left.
   * @throws the error with which `catchUp` rejects
   */
  async arrive(): Promise<void> {
    const until = Math.max(this.latestSeenAt, Date.now());
    await this.catchUp();
    this.shownUntil = Math.max(this.shownUntil, until);
    this.tell();
  }

  /** Takes everything back that was shown, because a capture lacks packets. */
  distrust(): void {
    this.isWhole = false;
  }

  /** Reads no more packets; resolves when the files have all that were read. */
  async close(): Promise<void> {
    await Promise.all(this.captures.map((capture) => capture.close()));
  }

  /** Looks once at a time, and again if there was more to look at meanwhile. */
  private async lookSoon(): Promise<void> {
    this.isWorthALook = true;
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      while (this.isWorthALook) {
        this.isWorthALook = false;
        await this.arrive();
      }
    } catch {
      // Who waits for the watch at the end of an attempt meets the same error.
    } finally {
      this.isLooking = false;
    }
  }

  private tell(): void {
    for (const one of this.drops) {
      if (one.decisive === 'none' || this.told.has(one.id)) continue;
      this.told.add(one.id);
      for (const listener of [...this.listeners]) listener(one);
    }
  }
}
