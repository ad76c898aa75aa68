import type { Maker } from './maker';
import { IpsecError, type Listing, type SecurityAssociationSet } from './protocol';

/** Node's timers take no longer time than this, in milliseconds. */
const longestTimerMs = 2 ** 31 - 1;

/** The sets of a node with their lifetimes, on a maker. One thing is done after the other. */
export class SetBook {
  private readonly sets = new Map<string, { endsAt: number; timer: NodeJS.Timeout }>();
  private latest: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly maker: Maker,
    private readonly note: (line: string) => void,
  ) {}

  /** @throws IpsecError if it cannot be made */
  add(set: SecurityAssociationSet): Promise<void> {
    return this.after(async () => {
      await this.maker.add(set);
      this.live(set.name, set.lifetimeSeconds);
    });
  }

  /** @throws IpsecError `UNKNOWN_SET` */
  remove(name: string): Promise<void> {
    return this.after(async () => {
      clearTimeout(this.known(name).timer);
      this.sets.delete(name);
      await this.maker.remove(name);
    });
  }

  /** Gives a set a new lifetime, from now. @throws IpsecError `UNKNOWN_SET` */
  extend(name: string, lifetimeSeconds: number): Promise<void> {
    return this.after(async () => {
      clearTimeout(this.known(name).timer);
      this.live(name, lifetimeSeconds);
    });
  }

  list(): Promise<Listing> {
    return this.after(async () => {
      const { sets, ...rest } = await this.maker.list();
      return {
        maker: this.maker.name,
        sets: sets.map((set) => ({
          ...set,
          remainingSeconds: Math.max(0, ((this.sets.get(set.name)?.endsAt ?? 0) - Date.now()) / 1000),
        })),
        ...rest,
      };
    });
  }

  private live(name: string, lifetimeSeconds: number): void {
    const ms = lifetimeSeconds * 1000;
    const timer = setTimeout(() => this.expire(name), Math.min(ms, longestTimerMs));
    this.sets.set(name, { endsAt: Date.now() + ms, timer });
  }

  private expire(name: string): void {
    const reason = (error: Error): void => this.note(`ipsec: the set ${name} is not gone: ${error.message}`);
    this.remove(name).catch(reason);
  }

  private known(name: string): { endsAt: number; timer: NodeJS.Timeout } {
    const set = this.sets.get(name);
    if (!set)
      throw new IpsecError(
        'UNKNOWN_SET',
        `there is no set ${name}; it was never added, was removed, or its lifetime is over`,
      );
    return set;
  }

  private after<T>(work: () => Promise<T>): Promise<T> {
    const done = this.latest.then(work);
    this.latest = done.catch(() => undefined);
    return done;
  }
}
