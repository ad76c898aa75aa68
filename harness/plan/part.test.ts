import fc from 'fast-check';
import { builtInCatalogue } from '../../firewalls/catalogue';
import { partOf } from './part';
import type { Plan } from './plan';
import { planWith } from './testing/plan-with';

const planOf = (scenarios: readonly string[], ids?: readonly string[]): Plan =>
  planWith({ scenarios, firewalls: builtInCatalogue.filter(({ id }) => !ids || ids.includes(id)) });

const cellsOf = ({ cells }: Plan): string[] => cells.map(({ id }) => id);

it('has the firewalls that the matrix gives it, and both ends of every move', () => {
  const part = partOf(planOf(['register', 'access-change']), { shard: 1, of: 4 });
  expect(part.firewalls.map(({ id }) => id)).toEqual(['0', '1', '8']);
  expect(cellsOf(part)).toEqual([
    '0/register/aes',
    '0>8/access-change/aes',
    '1/register/aes',
    '8/register/aes',
    '8>1/access-change/aes',
  ]);
});

it('plays no scenario of which it has no cell', () => {
  const part = partOf(planOf(['register', 'access-change']), { shard: 2, of: 4 });
  expect(cellsOf(part)).toEqual(['2/register/aes', '3/register/aes', '4/register/aes']);
  expect(part.scenarios.map(({ id }) => id)).toEqual(['register']);
});

it('has every cell in one part, whatever is chosen', () => {
  const ids = builtInCatalogue.map(({ id }) => id);
  fc.assert(
    fc.property(fc.subarray(ids, { minLength: 1 }), fc.integer({ min: 1, max: 14 }), (chosen, of) => {
      const whole = planOf(['register', 'relay'], chosen);
      const parts = Array.from({ length: of }, (_, index) => () => partOf(whole, { shard: index + 1, of }));
      const cells = parts.flatMap((part) => {
        try {
          return cellsOf(part());
        } catch (error) {
          expect(error).toMatchObject({ code: 'SHARD_EMPTY' });
          return [];
        }
      });
      expect(cells.sort()).toEqual(cellsOf(whole).sort());
    }),
  );
});

it('is refused without a firewall: a run of it would measure everything', () => {
  expect(() => partOf(planOf(['register'], ['2', '3']), { shard: 3, of: 4 })).toThrow(
    expect.objectContaining({
      code: 'SHARD_EMPTY',
      message:
        'shard 3/4 has nothing to measure: the firewalls can be dealt out to 2 shards at most; start no more of them',
    }),
  );
  // The UE moves between all three, so that they are one part.
  expect(() => partOf(planOf(['register'], ['0', '1', '8']), { shard: 2, of: 2 })).toThrow(
    'can be dealt out to 1 shard at most;',
  );
});

it('is refused without a cell', () => {
  expect(() => partOf(planOf(['access-change']), { shard: 2, of: 4 })).toThrow(
    expect.objectContaining({
      code: 'SHARD_EMPTY',
      message:
        'shard 2/4 has nothing to measure: no move begins at its firewalls (2, 3, 4); start fewer shards, or measure other scenarios too',
    }),
  );
});
