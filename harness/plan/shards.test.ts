import fc from 'fast-check';
import { choose } from './choice';
import { shardsOf } from './shards';

const ids = fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{1,4}(-[a-z0-9]{1,4})?$/), {
  minLength: 1,
  maxLength: 40,
});
const count = fc.integer({ min: 1, max: 256 });

describe('shardsOf', () => {
  it('cuts twelve firewalls into five parts', () => {
    const all = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'closed', 'intercepting'];
    expect(shardsOf(all, 5)).toEqual({
      include: [
        { shard: 1, of: 5, firewall: '0,1' },
        { shard: 2, of: 5, firewall: '2,3,4' },
        { shard: 3, of: 5, firewall: '5,6' },
        { shard: 4, of: 5, firewall: '7,8,9' },
        { shard: 5, of: 5, firewall: 'closed,intercepting' },
      ],
    });
  });

  it('makes no part without a firewall: that one would measure everything', () => {
    expect(shardsOf(['6', '8'], 3)).toEqual({
      include: [
        { shard: 1, of: 2, firewall: '6' },
        { shard: 2, of: 2, firewall: '8' },
      ],
    });
  });

  it('gives every firewall to one part, in order, as --firewall reads it', () => {
    fc.assert(
      fc.property(ids, count, (known, parts) => {
        const read = shardsOf(known, parts).include.map(({ firewall }) =>
          choose({ what: 'firewall', code: 'UNKNOWN_FIREWALL', known }, firewall),
        );
        expect(read.flat()).toEqual(known);
      }),
    );
  });

  it('keeps the parts level', () => {
    fc.assert(
      fc.property(ids, count, (known, parts) => {
        const { include } = shardsOf(known, parts);
        const sizes = include.map(({ firewall }) => firewall.split(',').length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(include.length).toBe(Math.min(parts, known.length));
        expect(include.map(({ shard, of }) => [shard, of])).toEqual(
          include.map((_, index) => [index + 1, include.length]),
        );
      }),
    );
  });

  it('keeps what a UE moves between in one part, in the place of the first, and the others level', () => {
    const all = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'closed', 'intercepting'];
    const moves = [
      { from: '0', to: '8' },
      { from: '8', to: '1' },
    ];
    expect(shardsOf(all, 4, moves).include.map(({ firewall }) => firewall)).toEqual([
      '0,1,8',
      '2,3,4',
      '5,6,7',
      '9,closed,intercepting',
    ]);
    // A move may have an end that is not measured.
    expect(shardsOf(['0', '1', '2'], 3, moves).include.map(({ firewall }) => firewall)).toEqual([
      '0',
      '1',
      '2',
    ]);
  });

  it('deals every firewall out once, with both ends of every move, whatever the moves', () => {
    const some = ids.chain((known) =>
      fc.record({
        known: fc.constant(known),
        moves: fc.array(fc.record({ from: fc.constantFrom(...known), to: fc.constantFrom(...known) })),
        parts: count,
      }),
    );
    fc.assert(
      fc.property(some, ({ known, moves, parts }) => {
        const read = shardsOf(known, parts, moves).include.map(({ firewall }) =>
          choose({ what: 'firewall', code: 'UNKNOWN_FIREWALL', known }, firewall),
        );
        expect(read.flat().sort()).toEqual([...known].sort());
        expect(read.every(({ length }) => length > 0)).toBe(true);
        for (const { from, to } of moves) expect(read.find((part) => part.includes(from))).toContain(to);
      }),
    );
  });
});
