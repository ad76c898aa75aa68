import { rfcTimers, timersOf, wallClock } from './timers';

afterEach(() => jest.restoreAllMocks());

describe('the sets of timers', () => {
  it('are those of RFC 3261 by default', () => {
    const { sipT1, sipT2, sipT4 } = timersOf('rfc');
    expect({ sipT1, sipT2, sipT4 }).toEqual({ sipT1: 500, sipT2: 4000, sipT4: 5000 });
    expect(timersOf()).toBe(timersOf('rfc'));
  });

  it('are those of TS 24.229 table 7.7.1 for a UE, and no other timer changes', () => {
    expect(timersOf('3gpp')).toEqual({ ...rfcTimers, sipT1: 2000, sipT2: 16_000, sipT4: 17_000 });
  });
});

describe('the wall clock', () => {
  it('is that of the system, with fractions', () => {
    const before = Date.now();
    const at = wallClock();
    const after = Date.now();
    // The two clocks may differ by 5 ms, and the system's clock counts whole milliseconds only.
    expect(at).toBeGreaterThanOrEqual(before - 6);
    expect(at).toBeLessThanOrEqual(after + 6);
    expect(Array.from({ length: 20 }, () => wallClock() % 1).some((fraction) => fraction !== 0)).toBe(true);
  });

  it('follows the system where that is adjusted', () => {
    const adjusted = Date.now() + 70_000;
    jest.spyOn(Date, 'now').mockReturnValue(adjusted);
    const before = performance.now();
    const at = wallClock();
    expect(at - adjusted).toBeGreaterThan(-1);
    expect(at - adjusted).toBeLessThan(1 + performance.now() - before);
  });
});
