import { toPcscf } from '../ladder/testing/rungs';
import { knobsSchema } from '../firewalls/knobs';
import { builtInBoxes } from '.';
import { apache } from './proxy/apache';
import { squid } from './proxy/squid';

const wanted = { action: 'register', rung: toPcscf(3, 'connect:443'), suite: 'aes' } as const;
const behind = (proxy: 'none' | 'mandatory' | 'intercepting') => knobsSchema.parse({ proxy });

test('a box that lacks something is named with it', () => {
  expect(builtInBoxes.with(apache).lacking({ ...wanted, knobs: behind('intercepting') })).toBe(
    'apache cannot re-sign TLS',
  );
});

test.each(['none', 'mandatory'] as const)('what is not asked of a box is not lacking: %s', (proxy) => {
  expect(builtInBoxes.with(apache).lacking({ ...wanted, knobs: behind(proxy) })).toBeUndefined();
});

test('a box is only asked where it stands', () => {
  const never = { ...squid, lacks: () => 'can do nothing' };
  const boxes = builtInBoxes.with(never);
  expect(boxes.lacking({ ...wanted, knobs: behind('none') })).toBeUndefined();
  expect(boxes.lacking({ ...wanted, knobs: behind('mandatory') })).toBe('squid can do nothing');
});
