import type { PageCell } from '../data';
import { pageFixture } from '../testing/page-fixture';
import { filteredCells, filterValues } from './filter';
import { noFilter, type Filter } from './view';

const data = pageFixture();
const found = (filter: Partial<Filter>): string[] =>
  filteredCells(data, { ...noFilter, ...filter }).map(({ id }) => id);
const idsWhere = (isSo: (cell: PageCell) => boolean): string[] => data.cells.filter(isSo).map(({ id }) => id);

it('leaves nothing out where nothing is chosen', () => {
  expect(found({})).toEqual(data.cells.map(({ id }) => id));
  expect(found({ text: '  ' })).toHaveLength(data.cells.length);
});

it('takes any value of a list, and all lists together', () => {
  expect(found({ scenario: ['call', 'relay'], suite: ['null'], firewall: ['6', 'closed'] })).toEqual([
    '6/relay/null',
    '6/call/null',
    'closed/relay/null',
    'closed/call/null',
  ]);
});

it('finds a cell by the firewall that it moves to as by the one that it leaves', () => {
  expect(found({ scenario: ['access-change'], firewall: ['1'] })).toEqual([
    '8>1/access-change/aes',
    '8>1/access-change/null',
  ]);
});

it('counts no step where none can be told', () => {
  const none = found({ step: ['none'] });
  expect(none).toContain('closed/call/aes');
  // Skipped, and inconclusive: nobody knows.
  expect(none).not.toContain('closed/message/aes');
  expect(none).not.toContain('7/call/null');
});

it('finds known deviations and changes against the baseline', () => {
  expect(found({ outcome: ['known'] })).toEqual(['5/relay/null']);
  expect(found({ outcome: ['changed'] })).toEqual([
    '0/register/aes',
    '3/call/aes',
    '6/message/null',
    '9/relay/aes',
  ]);
  expect(found({ outcome: ['flaky', 'inconclusive'] })).toEqual(['6/message/null', '7/call/null']);
});

it('finds words in any order, in whatever of a cell they are, in capitals or not', () => {
  expect(found({ text: 'Issue  41' })).toEqual(['5/relay/null']);
  expect(found({ text: 'PROXY intercepting relay/aes' })).toEqual(['intercepting/relay/aes']);
  expect(found({ text: 'certificate-refused' })).toEqual(
    idsWhere(({ firewall, attempts }) => firewall === 'intercepting' && attempts.length > 0),
  );
});

it('offers the values that occur, in the order of the page', () => {
  expect(filterValues(data, 'variant')).toEqual([]);
  expect(filterValues(data, 'suite')).toEqual(['aes', 'null']);
  expect(filterValues(data, 'step')).toEqual(['1', '2', '3', 'none']);
  expect(filterValues(data, 'outcome')).toEqual([
    ...['expected', 'unexpected', 'flaky', 'inconclusive', 'unsupported', 'skipped', 'known', 'changed'],
  ]);
});
