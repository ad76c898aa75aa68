import { Telling } from './telling';

const even = (told: number): number | undefined => (told % 2 === 0 ? told : undefined);

it('resolves with the first thing that is looked for, of those that are told from now on', async () => {
  const telling = new Telling<number>();
  telling.tell(2);
  const found = telling.until(even);
  telling.tell(3);
  telling.tell(4);
  telling.tell(6);
  expect(await found).toBe(4);
});

it('rejects with what the look throws, and with why nothing more is told', async () => {
  const telling = new Telling<number>();
  const refused = telling.until(() => {
    throw new Error('refused');
  });
  const never = telling.until(even);
  telling.tell(1);
  telling.end(new Error('it ended'));
  await expect(refused).rejects.toThrow('refused');
  await expect(never).rejects.toThrow('it ended');
  await expect(telling.until(even)).rejects.toThrow('it ended');
});
