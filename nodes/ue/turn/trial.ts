import type { AttemptLike } from '../attempt';
import { AttemptPart } from '../attempt-part';
import { AttemptFailure, asFailure } from '../failure';
import type { FiveTuple } from '../protocol';

/** One of several ways that are tried side by side, with its result. */
export class Trial<T> {
  /** The result of a trial that has succeeded. */
  found: { readonly value: T } | undefined;
  /** The failure of a trial that has failed. It names the ways on the network that were taken. */
  failure: AttemptFailure | undefined;
  /** Resolves when the trial has succeeded or failed. */
  readonly decided: Promise<void>;
  private readonly part: AttemptPart;

  /**
   * @param name name of the way for humans, e.g. `tls:443`
   * @param open tries the way for the part of the attempt that it is given
   */
  constructor(
    readonly name: string,
    attempt: AttemptLike,
    open: (part: AttemptLike) => Promise<T>,
  ) {
    const part = new AttemptPart(attempt);
    this.part = part;
    this.decided = (async () => {
      try {
        this.found = { value: await open(part) };
      } catch (error) {
        const { code, message } = asFailure(error);
        this.failure = new AttemptFailure(code, `${name}: ${message}`, part.ways);
      }
    })();
  }

  get isUndecided(): boolean {
    return this.found === undefined && this.failure === undefined;
  }

  /** The ways on the network that the trial has taken so far. */
  get ways(): readonly FiveTuple[] {
    return this.part.ways;
  }

  /** Closes everything that was opened for the trial. */
  giveUp(): void {
    this.part.end();
  }
}

/**
 * Waits until enough is known of trials, or all of them are decided.
 * @param patienceMs milliseconds after which `isEnough` is asked with `isEarly` false
 * @param isEnough says whether enough is known; it is asked at first, whenever a trial was
 *   decided, and when the time is over
 */
export async function sideBySide(
  trials: readonly Pick<Trial<unknown>, 'isUndecided' | 'decided'>[],
  patienceMs: number,
  isEnough: (isEarly: boolean) => boolean,
): Promise<void> {
  let isEarly = true;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      isEarly = false;
      resolve();
    }, patienceMs);
  });
  try {
    for (;;) {
      const undecided = trials.filter((trial) => trial.isUndecided);
      if (undecided.length === 0 || isEnough(isEarly)) return;
      await Promise.race([...undecided.map(({ decided }) => decided), ...(isEarly ? [late] : [])]);
    }
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Makes the failure for the case that every trial has failed: `ABANDONED` if the lab gave
 * each of them up, else `NO_RELAY`.
 */
export function nothingFound(what: string, failures: readonly AttemptFailure[]): AttemptFailure {
  const isAbandoned = failures.length > 0 && failures.every(({ code }) => code === 'ABANDONED');
  const reasons = failures.map(({ message }) => message).join('; ');
  return new AttemptFailure(
    isAbandoned ? 'ABANDONED' : 'NO_RELAY',
    `${what}: ${reasons || 'none is allowed'}`,
    failures.flatMap(({ ways }) => ways),
  );
}
