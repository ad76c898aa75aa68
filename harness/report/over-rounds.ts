import { groupBy } from '../../kit/group-by';
import { statisticsOf, type Statistics } from '../../kit/statistics';
import { measured } from '../../nodes/ue/measurements/catalogue';
import type { AttemptResult, CellResult, MeasurementResult } from '../judge/result';

/** What the rounds of a cell came to together. */
export interface OverRounds {
  /** Number of rounds in which a step got through, of all rounds that were played. */
  readonly passed: number;
  readonly of: number;
  readonly measurements: readonly MeasuredOverRounds[];
}

/** A measurement in each round that got through; `duration` is that of the attempt. */
export interface MeasuredOverRounds {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly MeasurementResult['value'][];
  /** Undefined unless the values are numbers. */
  readonly statistics: Statistics | undefined;
}

/**
 * Puts the rounds of a cell together: of each round its first attempt that got through, on the network that the UE moved to if it
 * moved.
 */
export function overRounds({ attempts, to }: CellResult): OverRounds {
  const rounds = groupBy(
    attempts.filter(({ at }) => at === to),
    ({ round }) => String(round),
  );
  const passed = [...rounds.values()].flatMap(
    (round) => round.find(({ verdict }) => verdict === 'passed') ?? [],
  );
  return { passed: passed.length, of: rounds.size, measurements: together(passed) };
}

function together(attempts: readonly AttemptResult[]): MeasuredOverRounds[] {
  const all = attempts.flatMap(({ durationMs, measurements = [] }) => [
    measured('duration', durationMs),
    ...measurements,
  ]);
  return [...groupBy(all, ({ name }) => name)].map(([name, of]) => {
    const values: readonly MeasurementResult['value'][] = of.map(({ value }) => value);
    const numbers = values.flatMap((value) => (typeof value === 'number' ? value : []));
    return {
      name,
      unit: of[0]!.unit,
      values,
      statistics: numbers.length === values.length ? statisticsOf(numbers) : undefined,
    };
  });
}
