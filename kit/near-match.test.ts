import { nearMatch } from './near-match';

test.each([
  ['ntap', ['napt', 'tcp'], 'napt'],
  ['upd', ['tcp', 'udp'], 'udp'],
  ['TCP', ['tcp', 'udp'], 'tcp'],
  ['interceptng', ['none', 'intercepting'], 'intercepting'],
  ['red', ['tcp', 'udp'], undefined],
  ['x', [], undefined],
])('%s of %j means %s', (word, allowed, expected) => {
  expect(nearMatch(word, allowed)).toBe(expected);
});
