import { findCells } from './find-cells';

const cells = ['6', '6>8', '60', 'a.b']
  .flatMap((firewall) => [`${firewall}/register/aes`, `${firewall}/relay/null`])
  .map((id) => ({ id }));
const found = (...names: string[]): string[] => findCells(cells, names).map(({ id }) => id);

it.each([
  ['6/register/aes', ['6/register/aes']],
  ['6', ['6/register/aes', '6/relay/null']],
  ['6/', ['6/register/aes', '6/relay/null']],
  ['6/re', undefined],
  ['6/register', ['6/register/aes']],
  ['6*/register', ['6/register/aes', '6>8/register/aes', '60/register/aes']],
  ['*/null', ['6/relay/null', '6>8/relay/null', '60/relay/null', 'a.b/relay/null']],
  ['a.b/*', ['a.b/register/aes', 'a.b/relay/null']],
  ['.', undefined],
])('%s', (name, ids) => {
  if (ids) expect(found(name)).toEqual(ids);
  else expect(() => found(name)).toThrow('the run has no cell');
});

it('takes the whole id of a cell for that cell alone, also where another id goes on from there', () => {
  const both = ['1/register/aes', '1/register/aes/aka', '1/register/null/aka'].map((id) => ({ id }));
  const named = (name: string): string[] => findCells(both, [name]).map(({ id }) => id);
  expect(named('1/register/aes')).toEqual(['1/register/aes']);
  expect(named('1/register/aes/aka')).toEqual(['1/register/aes/aka']);
  expect(named('1/register/null')).toEqual(['1/register/null/aka']);
  expect(named('1/register/aes*')).toEqual(['1/register/aes', '1/register/aes/aka']);
});

it('names each cell once, in the order of the run', () => {
  expect(found('60', '6/relay', '60/register/aes')).toEqual([
    '6/relay/null',
    '60/register/aes',
    '60/relay/null',
  ]);
});

it.each([
  [
    '6/regster/aes',
    'the run has no cell "6/regster/aes"; did you mean 6/register/aes? It has 6/register/aes, ',
  ],
  ['6/relai', 'the run has no cell "6/relai"; did you mean 6/relay? '],
  ['nothing-like-it', 'the run has no cell "nothing-like-it"; it has 6/register/aes, '],
])('of %s it says what was meant', (name, message) => {
  expect(() => found(name)).toThrow(expect.objectContaining({ code: 'UNKNOWN_CELL' }));
  expect(() => found(name)).toThrow(message);
});

it('says so of a run without cells', () => {
  expect(() => findCells([], ['6'])).toThrow('the run has no cell "6"; it has none');
});

it('takes no time for a name of many stars', () => {
  const long = [{ id: `${'a'.repeat(10_000)}/register/aes` }];
  expect(findCells(long, [`${'*a'.repeat(500)}*`])).toEqual(long);
  expect(() => findCells(long, [`${'*'.repeat(1000)}x`])).toThrow('the run has no cell');
});
