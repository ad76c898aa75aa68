import { Deferred } from '../../kit/deferred';

/** What somebody else's program tells while it runs, for whoever waits for something of it. */
export class Telling<Told> {
  private readonly listeners = new Set<(told: Told) => void>();
  private readonly over = new Deferred<never>();

  /** Hands on what was told. */
  tell(told: Told): void {
    for (const listener of [...this.listeners]) listener(told);
  }

  /** Says that nothing more will be told, and why. */
  end(why: Error): void {
    this.over.reject(why);
  }

  /**
   * Waits until something is told, from now on. A rejection that no caller awaits does not end the process.
   * @param look returns what is awaited, or undefined if that is not told here
   * @throws why nothing more is told, and what `look` throws
   */
  until<T>(look: (told: Told) => T | undefined): Promise<T> {
    const found = new Deferred<T>();
    const listen = (told: Told): void => {
      try {
        const value = look(told);
        if (value !== undefined) found.resolve(value);
      } catch (error) {
        found.reject(error as Error);
      }
    };
    this.listeners.add(listen);
    const result = this.unlessOver(found.promise).finally(() => this.listeners.delete(listen));
    result.catch(() => undefined);
    return result;
  }

  /** Waits for work that has no end if the program ends. @throws why nothing more is told */
  unlessOver<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.over.promise]);
  }
}
