import type { AttemptLike } from '../attempt';
import { AttemptPart } from '../attempt-part';
import { asFailure } from '../failure';
import type { Rung } from '../../../ladder';
import { nothingFound, sideBySide, Trial } from './trial';

/**
 * Tries the ways to the TURN server side by side, takes the most preferred that works, and closes the others.
 * TS 33.203 W.3.1.3 prefers one way to another, but does not say to try one and wait.
 * @param ways the ways, the most preferred first
 * @param patienceMs how long to wait for an undecided way when a less preferred one works, milliseconds
 * @param open opens one way; what it opens belongs to the part of the attempt that it is given
 * @throws AttemptFailure `NO_RELAY` with the reason and the sockets of each way, `ABANDONED`
 *   if the lab gave all of them up
 */
export async function bestWay<T>(
  ways: readonly Rung[],
  attempt: AttemptLike,
  patienceMs: number,
  open: (way: Rung, attempt: AttemptLike) => Promise<T>,
): Promise<T> {
  const trials = ways.map((way) => new Trial(way.via, attempt, (part) => open(way, part)));
  const best = (isEarly: boolean): Trial<T> | undefined => {
    const first = trials.find(({ found, isUndecided }) => found || (isEarly && isUndecided));
    return first?.found && first;
  };
  await sideBySide(trials, patienceMs, (isEarly) => best(isEarly) !== undefined);
  const chosen = best(true) ?? best(false);
  for (const trial of trials) if (trial !== chosen) trial.giveUp();
  if (chosen?.found) return chosen.found.value;
  throw nothingFound(
    'no way to the TURN server',
    trials.map(({ failure }) => failure).filter((failure) => failure !== undefined),
  );
}

/**
 * Opens something for an attempt.
 * @throws AttemptFailure with the sockets that were opened for it, because a refusal on
 *   another socket does not explain it
 */
export async function namingSockets<T>(
  attempt: AttemptLike,
  open: (attempt: AttemptLike) => Promise<T>,
): Promise<T> {
  const part = new AttemptPart(attempt);
  try {
    return await open(part);
  } catch (error) {
    throw asFailure(error).over(...part.ways);
  }
}
