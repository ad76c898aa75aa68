import { invariantIds, invariants } from './invariants';

test('each invariant once, in order', () => {
  expect(invariants.map(({ id }) => id)).toEqual(invariantIds);
});
