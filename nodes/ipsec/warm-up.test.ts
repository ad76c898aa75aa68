import { warmUp } from './warm-up';

test('the warm-up opens what it has sealed', () => {
  expect(warmUp()).toBe('text');
});
