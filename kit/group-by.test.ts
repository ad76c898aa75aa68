import fc from 'fast-check';
import { groupBy } from './group-by';

test('each value is in the group of its key, in the order in which it came', () => {
  expect(groupBy(['pear', 'fig', 'plum', 'apple'], (word) => word[0]!)).toEqual(
    new Map([
      ['p', ['pear', 'plum']],
      ['f', ['fig']],
      ['a', ['apple']],
    ]),
  );
});

test('the groups come in the order in which their keys come first, and hold every value once', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), (values) => {
      const key = (value: number): string => String(value % 7);
      const groups = groupBy(values, key);
      expect([...groups.keys()]).toEqual([...new Set(values.map(key))]);
      for (const [name, group] of groups) expect(group).toEqual(values.filter((one) => key(one) === name));
    }),
  );
});
