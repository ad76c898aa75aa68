import { interruption } from './access-change';

describe('an interruption', () => {
  it('lasts from the last packet there to the first one here', () =>
    expect(interruption('media-interruption-at-ue', 1000, 1069.64)).toEqual([
      { name: 'media-interruption-at-ue', value: 69.6, unit: 'ms' },
    ]));
  it('is none where the new one was heard first', () =>
    expect(interruption('media-interruption-at-ue', 1000, 990)).toEqual([
      { name: 'media-interruption-at-ue', value: 0, unit: 'ms' },
    ]));
  it('is not known where one of the two was not heard', () => {
    expect(interruption('media-interruption-at-ue', undefined, 1000)).toEqual([]);
    expect(interruption('media-interruption-at-ue', 1000, undefined)).toEqual([]);
  });
});
