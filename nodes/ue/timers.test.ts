import { wallClock } from './timers';

afterEach(() => jest.restoreAllMocks());

describe('the wall clock', () => {
  it('is that of the system, with fractions', () => {
    expect(Math.abs(wallClock() - Date.now())).toBeLessThan(10);
    expect(Array.from({ length: 20 }, () => wallClock() % 1).some((fraction) => fraction !== 0)).toBe(true);
  });

  it('follows the system where that is adjusted', () => {
    const adjusted = Date.now() + 70;
    jest.spyOn(Date, 'now').mockReturnValue(adjusted);
    expect(Math.abs(wallClock() - adjusted)).toBeLessThan(1);
  });
});
