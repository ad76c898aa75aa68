import { interruption } from './access-change';

describe('an interruption', () => {
  it('lasts from the last packet there to the first one here', () =>
    expect(interruption('silence', 1000, 1069.64)).toEqual([{ name: 'silence', value: 69.6, unit: 'ms' }]));
  it('is none where the new one was heard first', () =>
    expect(interruption('silence', 1000, 990)).toEqual([{ name: 'silence', value: 0, unit: 'ms' }]));
  it('is not known where one of the two was not heard', () => {
    expect(interruption('silence', undefined, 1000)).toEqual([]);
    expect(interruption('silence', 1000, undefined)).toEqual([]);
  });
});
