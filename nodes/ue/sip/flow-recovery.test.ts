import fc from 'fast-check';
import { AttemptFailure } from '../failure';
import { recoverFlow, retryDelay } from './flow-recovery';

const seconds = (failures: number, random: number, flows?: 'all' | 'some'): number =>
  retryDelay(failures, () => random, flows) / 1000;

describe('the time before a flow is formed anew', () => {
  // The table of RFC 5626 4.5.
  it.each([
    [0, [0, 0], [0, 0]],
    [1, [30, 60], [90, 180]],
    [2, [60, 120], [180, 360]],
    [3, [120, 240], [360, 720]],
    [4, [240, 480], [720, 1440]],
    [5, [480, 960], [900, 1800]],
    [6, [900, 1800], [900, 1800]],
    [40, [900, 1800], [900, 1800]],
  ])('after %d failures is from %j s, or %j s where another flow works', (failures, all, some) => {
    expect([seconds(failures, 0), seconds(failures, 1)]).toEqual(all);
    expect([seconds(failures, 0, 'some'), seconds(failures, 1, 'some')]).toEqual(some);
  });

  it('is drawn evenly, and never longer than half an hour', () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
        const [least, most] = [seconds(failures, 0), seconds(failures, 1)];
        expect(seconds(failures, random)).toBeCloseTo(least + random * (most - least), 6);
        expect(most).toBeLessThanOrEqual(1800);
      }),
    );
  });
});

describe('a lost flow', () => {
  beforeEach(() => jest.useFakeTimers({ now: 0 }));
  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  /** Recovers a flow whose registration fails so often. @returns when it was tried, in seconds, and what was noted */
  function recovering(failing: number) {
    const stop = new AbortController();
    const tried: number[] = [];
    const notes: string[] = [];
    const register = (): Promise<void> => {
      tried.push(Date.now() / 1000);
      return tried.length > failing
        ? Promise.resolve()
        : Promise.reject(new AttemptFailure('TIMEOUT', 'no answer'));
    };
    const done = recoverFlow(register, {
      signal: stop.signal,
      note: (text) => notes.push(text),
      random: () => 1,
    });
    return { stop, tried, notes, done };
  }

  it('is formed anew at once', async () => {
    const { tried, notes, done } = recovering(0);
    expect(await done).toBe(true);
    expect({ tried, notes }).toEqual({ tried: [0], notes: [] });
  });

  it('is tried again later and later until it stands', async () => {
    const { tried, notes, done } = recovering(3);
    await jest.advanceTimersByTimeAsync(1_000_000);
    expect(await done).toBe(true);
    expect(tried).toEqual([0, 60, 180, 420]);
    expect(notes).toEqual(
      [1, 2, 3].map((count) => `the flow could not be formed anew, ${count} in a row: no answer`),
    );
  });

  it('is given up at once when the UE ends', async () => {
    const { stop, tried, done } = recovering(9);
    await jest.advanceTimersByTimeAsync(1000);
    stop.abort();
    expect(await done).toBe(false);
    expect(tried).toEqual([0]);
  });
});
