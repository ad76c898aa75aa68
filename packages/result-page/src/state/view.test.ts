import fc from 'fast-check';
import { filterLists, formatView, noFilter, parseView, plainView, type Filter, type View } from './view';

it('has no fragment but # where nothing is chosen', () => {
  expect(formatView(plainView)).toBe('#');
  expect(parseView('')).toEqual(plainView);
});

it('can be read by people', () => {
  const view: View = {
    filter: { ...noFilter, scenario: ['register', 'call'], step: ['none'], text: 'sip ports' },
    cell: '6/register/aes',
    attempt: '6/register/aes/2-udp:5060',
  };
  expect(formatView(view)).toBe(
    '#scenario=register,call&step=none&text=sip%20ports&cell=6/register/aes&attempt=6/register/aes/2-udp:5060',
  );
});

it('calls a section by its id alone, as a page without scripts does', () => {
  expect(formatView({ ...plainView, at: 'claims' })).toBe('#claims');
  expect(parseView('#claims')).toEqual({ ...plainView, at: 'claims' });
});

it('leaves out what it does not know', () => {
  expect(parseView('#colour=red&suite=aes&&=x')).toEqual({
    ...plainView,
    filter: { ...noFilter, suite: ['aes'] },
  });
});

it('reads every view that it has written', () => {
  // A text of half a character cannot be written in an address at all.
  const text = fc.string({ unit: 'grapheme', minLength: 1 });
  const view = fc.record({
    filter: fc
      .record({ text: fc.string({ unit: 'grapheme' }), lists: fc.array(fc.array(text), { maxLength: 6 }) })
      .map(({ text, lists }): Filter => ({
        ...noFilter,
        ...Object.fromEntries(lists.map((list, index) => [filterLists[index]!, list])),
        text,
      })),
    cell: fc.option(text, { nil: undefined }),
    attempt: fc.option(text, { nil: undefined }),
    at: fc.option(text, { nil: undefined }),
  });
  fc.assert(
    fc.property(view, (written) => {
      expect(parseView(formatView(written))).toEqual(written);
    }),
  );
});

it('takes any fragment', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (fragment) => {
      const read = parseView(fragment);
      expect(parseView(formatView(read))).toEqual(read);
    }),
  );
});
