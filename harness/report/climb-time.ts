import { groupBy } from '../../kit/group-by';
import { isOpenTo } from '../../scenarios/climb';
import type { AttemptResult } from '../judge/result';

/**
 * Returns for each round the milliseconds that a UE which climbs spends on what comes to nothing before it gets through,
 * from the beginning of its first attempt to the end of the last one that fails; undefined for a round in which nothing
 * got through. A UE that climbs makes one attempt after the other, and none after one that passes, as with
 * `--ladder stop`. With a proxy configured it goes by that alone at step 3.
 * @param attempts the attempts of one ladder, all rounds of it, each round in the order of the ladder
 */
export function climbTimes(attempts: readonly AttemptResult[], hasProxy: boolean): (number | undefined)[] {
  const context = {
    ladder: 'stop',
    hasProxy,
    transports: attempts.map(({ transport }) => transport),
  } as const;
  const climbedAll = attempts.filter((attempt) => isOpenTo(attempt, context));
  return [...groupBy(climbedAll, ({ round }) => String(round)).values()].map((climbed) => {
    const through = climbed.findIndex(({ verdict }) => verdict === 'passed');
    if (through < 0) return undefined;
    return climbed.slice(0, through).reduce((sum, { durationMs }) => sum + durationMs, 0);
  });
}

/**
 * Returns the longest of the {@link climbTimes}.
 * @returns undefined if nothing got through in some round
 */
export function climbTime(attempts: readonly AttemptResult[], hasProxy: boolean): number | undefined {
  const rounds = climbTimes(attempts, hasProxy);
  if (rounds.length === 0 || rounds.includes(undefined)) return undefined;
  return Math.max(...rounds.map((ms) => ms!));
}
