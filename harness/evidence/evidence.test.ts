import { kindOf, kindsOfEvidence, type Evidence } from './evidence';

const outage: Evidence = { kind: 'outage', node: 'turn', at: 1, text: 'it ended' };

it('each kind is there once, and an item finds its own', () => {
  const names = kindsOfEvidence.map(({ kind }) => kind);
  expect(new Set(names).size).toBe(names.length);
  expect(kindOf(outage).words(outage)).toBe('it ended');
});

it('each kind takes items by its own name alone', () => {
  for (const { kind, schema } of kindsOfEvidence) {
    const wrong = schema.safeParse({ kind: 'another' });
    expect([kind, wrong.error?.issues.some(({ path }) => path[0] === 'kind')]).toEqual([kind, true]);
    const unfinished = schema.safeParse({ kind });
    expect([kind, unfinished.error?.issues.some(({ path }) => path[0] === 'kind')]).toEqual([kind, false]);
  }
});
