import { Pacer } from './pacer';

describe('a pacer', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  function paced(): { pacer: Pacer; calls: number[] } {
    const begun = performance.now();
    const calls: number[] = [];
    return { calls, pacer: new Pacer(20, () => calls.push(performance.now() - begun)) };
  }

  it('calls at once and then at every interval', () => {
    const { pacer, calls } = paced();
    jest.advanceTimersByTime(100);
    pacer.stop();
    expect(calls).toHaveLength(6);
    // A timer of whole milliseconds comes as near as half of one.
    for (const [count, at] of calls.entries()) expect(Math.abs(at - 20 * count)).toBeLessThanOrEqual(0.5);
    expect(pacer.errorP95Ms).toBeLessThanOrEqual(0.5);
    jest.advanceTimersByTime(100);
    expect(calls).toHaveLength(6);
  });

  it('makes up for a process that stood still, and keeps to the schedule', () => {
    const { pacer, calls } = paced();
    jest.advanceTimersByTime(20);
    // The clock goes on while no timer runs.
    jest.setSystemTime(Date.now());
    const now = performance.now();
    const stalled = jest.spyOn(performance, 'now').mockReturnValue(now + 70);
    jest.advanceTimersByTime(20);
    stalled.mockRestore();
    jest.advanceTimersByTime(80);
    pacer.stop();
    // At 0, 20; at 90 those due at 40, 60 and 80; then 100 and 120.
    expect(calls.map(Math.round)).toEqual([0, 20, 90, 90, 90, 100, 120]);
    expect(pacer.errorP95Ms).toBeCloseTo(50, 0);
  });
});
