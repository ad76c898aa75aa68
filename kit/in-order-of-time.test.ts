import fc from 'fast-check';
import { inOrderOfTime } from './in-order-of-time';

interface Item {
  readonly at: number;
  readonly of: string;
}

async function* sequence(of: string, times: readonly number[], onEnd?: () => void): AsyncGenerator<Item> {
  try {
    for (const at of times) yield await Promise.resolve({ at, of });
  } finally {
    onEnd?.();
  }
}

async function all(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

test('sequences in order become one in order, with every item', async () => {
  const times = fc.array(fc.nat(20)).map((some) => some.sort((a, b) => a - b));
  await fc.assert(
    fc.asyncProperty(fc.array(times, { maxLength: 4 }), async (lists) => {
      const merged = await all(inOrderOfTime(lists.map((list, i) => sequence(String(i), list))));
      const expected = lists.flatMap((list, i) => list.map((at) => ({ at, of: String(i) })));
      // The sort is stable, so that of the same time the first sequence comes first.
      expect(merged).toEqual(expected.sort((a, b) => a.at - b.at));
    }),
  );
});

test('a sequence that goes back in time keeps its order', async () => {
  const merged = await all(inOrderOfTime([sequence('a', [5, 3, 9]), sequence('b', [4, 6])]));
  expect(merged.map(({ at, of }) => `${of}${at}`)).toEqual(['b4', 'a5', 'a3', 'b6', 'a9']);
});

test('all sequences are ended when one throws, and when nobody wants more', async () => {
  const ended: string[] = [];
  const other = (): AsyncGenerator<Item> => sequence('other', [1, 2, 3], () => ended.push('other'));
  async function* broken(): AsyncGenerator<Item> {
    yield await Promise.resolve({ at: 1, of: 'broken' });
    throw new Error('broke off');
  }
  await expect(all(inOrderOfTime([broken(), other()]))).rejects.toThrow('broke off');
  for await (const _ of inOrderOfTime([other()])) break;
  expect(ended).toEqual(['other', 'other']);
});
