import { isAbsolute, join, normalize } from 'node:path';
import fc from 'fast-check';
import { isSafePath } from './safe-path';

it.each([
  'events.jsonl',
  'nodes/fw-3/ruleset.nft',
  'captures/…-ue-side.pcap',
  'a..b',
  '...',
  'a b',
  '-rf',
  '~/x',
])('takes %p', (path) => {
  expect(isSafePath(path)).toBe(true);
});

it.each([
  '',
  '.',
  '..',
  '/etc/passwd',
  '../x',
  'a/../../x',
  'a/..',
  './a',
  'a//b',
  'a/',
  'a\\..\\b',
  'a\0b',
  'a\nb',
  'a\x1b[2J',
  'a\u009bb',
  '\ud800',
  'nodes/gpj.\u202ex',
  'a\u2028b',
  `${'a/'.repeat(300)}b`,
  'é'.repeat(128),
])('refuses %j', (path) => {
  expect(isSafePath(path)).toBe(false);
});

test('what it takes stays below its folder, whatever it is made of', () => {
  const names = fc.oneof(
    fc.constantFrom('..', '.', '', '/', '\\', '\0', 'a', 'captures', '~', '-', '. .', '..a'),
    fc.string({ unit: 'binary', maxLength: 8 }),
  );
  fc.assert(
    fc.property(fc.array(names, { maxLength: 6 }), fc.constantFrom('/', '', '//', '\\'), (parts, joint) => {
      const path = parts.join(joint);
      if (!isSafePath(path)) return;
      expect(isAbsolute(path)).toBe(false);
      expect(join('/run/folder', path).startsWith('/run/folder/')).toBe(true);
      // Nothing in it is another name for another path, so that two of them are never the same file.
      expect(normalize(path)).toBe(path);
      expect(path).not.toMatch(/[\0\\]/);
    }),
    { numRuns: 200 },
  );
});
