import { leastP, rankTest } from '../../kit/rank-test';
import { median } from '../../kit/statistics';
import { plural } from '../../kit/words';
import type { CellResult, RunResult } from '../judge/result';
import { climbTimes } from '../report/climb-time';
import { climbHead, isClimbMeasured } from '../report/words';
import { rungName, triesOf } from './attempts';
import type { Change } from './comparison';
import { whyTimesDiffer } from './notes';

/**
 * Tells from noise what was measured in several rounds. `docs/compare.md` says the same in words.
 *
 * Rounds tell how a value varies within a run: the rank test of Mann and Whitney takes chance out of that, with the
 * bound on its p divided by the number of comparisons (Bonferroni). They do not tell what tells whole runs apart, such as
 * a machine that has more to do: that is common to most times, so it is taken from them all, as a factor and as the
 * spread around it.
 */

/** Rounds that each side has to have. With fewer no rank test can come below its bound. */
const leastRounds = 5;

/** Bound on the probability that anything at all is called a change by chance. */
const bound = 0.05;

/** A change is at least so large, as a factor, however sure it is. */
const leastFactor = 1.25;

/** The least factor where too few comparisons tell how runs differ as a whole. */
const leastFactorOfFew = 2;

/** Comparisons that it takes to tell how runs differ as a whole. */
const leastCommon = 8;

/** A time is out of the common if it is so many robust standard deviations off (Iglewicz and Hoaglin). */
const outlier = 3.5;

/** A change is at least so large in its unit, whatever factor that is: less than this nobody notices. */
const leastDifference: Readonly<Record<string, number>> = { ms: 5, '%': 1 };

/** What was measured of one thing in the rounds of both runs. */
interface Pair {
  readonly cell: string;
  readonly part: string;
  readonly name: string;
  readonly unit: string;
  readonly a: readonly number[];
  readonly b: readonly number[];
}

interface Times {
  readonly changes: readonly Change[];
  /** One line on what was compared. */
  readonly words: string;
}

/** Compares what was measured in the cells that both runs have. */
export function compareTimes(
  cells: readonly (readonly [CellResult, CellResult])[],
  before: RunResult['run'],
  after: RunResult['run'],
): Times {
  const differs = whyTimesDiffer(before, after);
  if (differs !== undefined)
    return { changes: [], words: `times were not compared, as the runs differ in: ${differs}` };
  const pairs = cells.flatMap(([a, b]) => pairsOf(a, b, before, after));
  if (pairs.length === 0) return { changes: [], words: whyNone(before.plan.repeat, after.plan.repeat) };
  const { factor, spread } = driftOf(pairs);
  const isChanged = (pair: Pair): boolean =>
    isLarge(pair, factorOf(pair, factor), spread) &&
    rankTest(
      pair.a.map((value) => value * factorOf(pair, factor)),
      pair.b,
    ) *
      pairs.length <=
      bound;
  const seen = `${plural(pairs.length, 'time')} compared`;
  const needed = roundsFor(pairs.length);
  const most = Math.max(...pairs.map(({ a, b }) => Math.min(a.length, b.length)));
  const few =
    most < needed ? `; to tell any difference among so many from chance takes ${needed} rounds of each` : '';
  const drift =
    Math.max(factor, 1 / factor) >= leastFactor
      ? `; on the whole those of the second run were ${factor.toFixed(1)} times as long, which counts as the machine's doing`
      : '';
  return { changes: pairs.filter(isChanged).map(changeOf), words: `${seen}${few}${drift}` };
}

const whyNone = (...rounds: readonly number[]): string =>
  Math.min(...rounds) >= leastRounds
    ? 'there are no times to compare'
    : `times were not compared: that takes ${leastRounds} rounds (--repeat) of each, and there are ${rounds.join(' and ')}`;

/** Returns what was measured often enough in both cells, and was not the same value always. */
function pairsOf(a: CellResult, b: CellResult, before: RunResult['run'], after: RunResult['run']): Pair[] {
  const [then, now] = [valuesOf(a, before), valuesOf(b, after)];
  return [...now].flatMap(([key, { values, ...of }]) => {
    const earlier = then.get(key)?.values ?? [];
    const isEnough = Math.min(values.length, earlier.length) >= leastRounds;
    const isConstant = new Set([...values, ...earlier]).size === 1;
    return isEnough && !isConstant ? [{ cell: b.id, ...of, a: earlier, b: values }] : [];
  });
}

interface Measured extends Pick<Pair, 'part' | 'name' | 'unit'> {
  readonly values: number[];
}

/** Returns the numbers that were measured in a cell, by what they are of, each with those of all rounds. */
function valuesOf(cell: CellResult, run: RunResult['run']): Map<string, Measured> {
  const found = new Map<string, Measured>();
  const add = (part: string, name: string, unit: string, value: number): void => {
    const key = [part, name, unit].join('\n');
    const known = found.get(key) ?? { part, name, unit, values: [] };
    known.values.push(value);
    found.set(key, known);
  };
  for (const tries of triesOf(cell).values())
    for (const { verdict, durationMs, measurements = [] } of tries) {
      // How long an attempt takes that comes to nothing is up to the lab, or to the timers.
      if (verdict !== 'passed') continue;
      add(rungName(tries), 'duration', 'ms', durationMs);
      for (const { name, value, unit } of measurements)
        if (typeof value === 'number') add(rungName(tries), name, unit, value);
    }
  if (isClimbMeasured({ run }))
    for (const ms of climbTimes(attemptsThere(cell), hasProxy(cell, run)))
      if (ms !== undefined) add('ladder', climbHead, 'ms', ms);
  return found;
}

const attemptsThere = ({ attempts, to }: CellResult): CellResult['attempts'] =>
  attempts.filter(({ at }) => at === to);

const hasProxy = ({ firewall, to = firewall }: CellResult, { firewalls }: RunResult['run']): boolean =>
  (firewalls.find(({ id }) => id === to)?.knobs.proxy ?? 'none') !== 'none';

/**
 * Returns the factor by which the times of the second run are longer on the whole, and the spread of the logarithms
 * around it as a standard deviation, both by medians, which single changes do not move.
 */
function driftOf(pairs: readonly Pair[]): { readonly factor: number; readonly spread?: number } {
  const logs = pairs
    .filter(({ unit }) => unit === 'ms')
    .map(({ a, b }) => Math.log(median(b) / median(a)))
    .filter(Number.isFinite);
  if (logs.length < leastCommon) return { factor: 1 };
  const centre = median(logs);
  // 1.4826 makes of the median of distances the standard deviation of a normal distribution.
  const spread = 1.4826 * median(logs.map((log) => Math.abs(log - centre)));
  return { factor: Math.exp(centre), spread };
}

/** The machine's doing concerns times alone. */
const factorOf = ({ unit }: Pair, factor: number): number => (unit === 'ms' ? factor : 1);

function isLarge({ a, b, unit }: Pair, factor: number, spread: number | undefined): boolean {
  const [then, now] = [median(a) * factor, median(b)];
  if (Math.abs(now - then) < (leastDifference[unit] ?? 0)) return false;
  const off = Math.abs(Math.log(now / then));
  const least =
    spread === undefined ? Math.log(leastFactorOfFew) : Math.max(Math.log(leastFactor), outlier * spread);
  // A value that was 0, or became it, has changed by any factor.
  return !Number.isFinite(off) || off >= least;
}

/** Returns the rounds of each that it takes so that samples which do not overlap come below the bound. */
function roundsFor(comparisons: number): number {
  let rounds = leastRounds;
  while (leastP(rounds, rounds) * comparisons > bound) rounds++;
  return rounds;
}

function changeOf({ cell, part, name, unit, a, b }: Pair): Change {
  const words = (values: readonly number[]): string =>
    `${[rounded(median(values)), unit].filter(Boolean).join(' ')} (n ${values.length})`;
  return {
    kind: kindOf(name, unit, median(b) - median(a)),
    about: 'time',
    id: cell,
    part: `${part} ${name}`,
    before: words(a),
    after: words(b),
  };
}

const rounded = (value: number): string => String(Number(value.toPrecision(3)));

/** Of times, losses and bytes less is better; of throughput and MOS more. Of what is only counted nothing is known. */
function kindOf(name: string, unit: string, increase: number): Change['kind'] {
  const isMoreBetter = unit === 'Mbit/s' || name.endsWith('-mos');
  if (!isMoreBetter && !['ms', '%', 'By'].includes(unit)) return 'other';
  return increase > 0 === isMoreBetter ? 'better' : 'worse';
}
