import fc from 'fast-check';
import { fold, Folder, mostArrows, type Draft } from './fold';

const ends = { ip: '10.89.6.2', port: 1 };

const draft = (at: number, label: string, isBulk = false): Draft => ({
  ...{ at, lastAt: at, from: 'ue-6', to: 'pcscf', protocol: 'sip', label, carriers: ['udp'] },
  ...{ source: ends, destination: ends, count: 1, place: { capture: 'c', frame: at + 1 } },
  ...(isBulk && { isBulk: true as const }),
});
const shown = (drafts: readonly Draft[]): string[] =>
  fold(drafts).arrows.map(({ at, label, count, lastAt }) => `${at}-${lastAt} ${label} x${count}`);

test('what follows its like is one arrow; what comes between ends it', () => {
  expect(shown([draft(1, 'A'), draft(2, 'A'), draft(3, 'B'), draft(4, 'A')])).toEqual([
    '1-2 A x2',
    '3-3 B x1',
    '4-4 A x1',
  ]);
});

test('bulk is joined across other bulk', () => {
  const both = [draft(1, 'rtp', true), draft(2, 'rtcp', true), draft(3, 'rtp', true), draft(4, 'BYE')];
  expect(shown([...both, draft(5, 'rtp', true)])).toEqual([
    '1-3 rtp x2',
    '2-2 rtcp x1',
    '4-4 BYE x1',
    '5-5 rtp x1',
  ]);
});

test('drafts come in any order, and arrows in that of time', () => {
  expect(shown([draft(9, 'C'), draft(1, 'A'), draft(5, 'B')])).toEqual(['1-1 A x1', '5-5 B x1', '9-9 C x1']);
});

test('of too many the beginning and the end stay', () => {
  const { arrows, leftOut } = fold(Array.from({ length: 500 }, (_, index) => draft(index, `m${index}`)));
  expect(arrows).toHaveLength(mostArrows);
  expect(leftOut).toBe(500 - mostArrows);
  expect([arrows[0]!.label, arrows.at(-1)!.label]).toEqual(['m0', 'm499']);
});

test('no message is lost or counted twice, also if some were folded before', () => {
  const one = fc.record({ at: fc.nat(60), label: fc.constantFrom('a', 'b', 'c'), isBulk: fc.boolean() });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 400 }), (list) => {
      const drafts = list.map(({ at, label, isBulk }) => draft(at, `${label}${isBulk}`, isBulk));
      const before = new Folder();
      for (const each of drafts) before.add(each);
      for (const given of [drafts, before.arrows]) {
        const { arrows, leftOut } = fold(given);
        expect(arrows.reduce((sum, { count }) => sum + count, leftOut)).toBe(list.length);
        for (const { at, lastAt } of arrows) expect(lastAt).toBeGreaterThanOrEqual(at);
      }
    }),
  );
});
