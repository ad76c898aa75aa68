/** Takes values to pixels, and says at which values the axis has a tick. */
export interface Scale {
  readonly kind: 'linear' | 'logarithmic';
  readonly ticks: readonly number[];
  at(value: number): number;
}

export interface ScaleOptions {
  /** Pixels of the smallest and of the largest value. */
  readonly from: number;
  readonly to: number;
  /** Smallest and largest value of the axis where the quantity has such, as MOS does. */
  readonly bounds?: readonly [number, number];
}

/** How many times the smallest value the largest has to be, for a logarithmic axis. */
const logarithmicFrom = 50;

/**
 * Chooses the axis for some values: from 0, or logarithmic if they differ in order of magnitude, so that the small ones can be
 * told apart.
 * @param values finite numbers, at least one
 */
export function chooseScale(values: readonly number[], { from, to, bounds }: ScaleOptions): Scale {
  const smallest = Math.min(...values);
  const largest = Math.max(...values);
  if (!bounds && smallest > 0 && largest / smallest >= logarithmicFrom)
    return logarithmic(smallest, largest, from, to);
  const [low, high] = bounds ?? [Math.min(0, smallest), largest];
  return linear(Math.min(low, smallest), Math.max(high, largest), from, to);
}

function linear(low: number, high: number, from: number, to: number): Scale {
  const step = niceStep((high - low || 1) / 5);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(Math.ceil(high / step - 1e-9), first + 1);
  const [begin, end] = [first * step, last * step];
  return {
    kind: 'linear',
    ticks: range(first, last).map((number) => rounded(number * step)),
    at: (value) => from + ((value - begin) / (end - begin)) * (to - from),
  };
}

function logarithmic(low: number, high: number, from: number, to: number): Scale {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const powers = range(first, last).map((power) => 10 ** power);
  return {
    kind: 'logarithmic',
    ticks: powers.map(rounded),
    at: (value) => from + ((Math.log10(value) - first) / (last - first)) * (to - from),
  };
}

/** The next 1, 2 or 5 times a power of 10. */
function niceStep(wanted: number): number {
  const power = 10 ** Math.floor(Math.log10(wanted));
  return ([1, 2, 5].find((factor) => factor * power >= wanted * (1 - 1e-9)) ?? 10) * power;
}

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** Without what binary fractions add: 0.1 times 3 is 0.3. */
const rounded = (value: number): number => Number(value.toPrecision(12));
