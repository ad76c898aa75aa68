import { pageFixture } from '../testing/page-fixture';
import { matrixOf } from './matrix';

const data = pageFixture();

it('has a row of each firewall and a column of each suite of a scenario, in the order of the page', () => {
  const { scenarios, groups } = matrixOf(data, data.cells);
  expect(scenarios.map(({ id, suites }) => `${id} ${suites.join()}`)).toEqual([
    'register aes,null',
    'relay aes,null',
    'message aes,null',
    'call aes,null',
    'access-change aes,null',
  ]);
  expect(groups).toHaveLength(1);
  expect(groups[0]!.rows.map(({ firewall }) => firewall)).toEqual(data.firewalls.map(({ id }) => id));
  const ninth = groups[0]!.rows.find(({ firewall }) => firewall === '9')!;
  expect(ninth.slots.map((cells) => cells.map(({ id }) => id))).toEqual([
    ['9/register/aes'],
    ['9/register/null'],
    ['9/relay/aes'],
    ['9/relay/null'],
    ['9/message/aes'],
    ['9/message/null'],
    ['9/call/aes'],
    ['9/call/null'],
    [],
    [],
  ]);
});

it('has no rows and columns of cells that are left out', () => {
  const { scenarios, groups } = matrixOf(
    data,
    data.cells.filter(({ id }) => id === '6/call/null' || id === '8>1/access-change/aes'),
  );
  expect(scenarios.map(({ id, suites }) => `${id} ${suites.join()}`)).toEqual([
    'call null',
    'access-change aes',
  ]);
  expect(groups[0]!.rows.map(({ firewall }) => firewall)).toEqual(['6', '8']);
});

it('loses no cell of which the lists know nothing', () => {
  const stranger = {
    ...data.cells[0]!,
    id: 'x',
    variant: 'v',
    firewall: 'f',
    scenario: 's',
    suite: 'u',
  };
  const { scenarios, groups } = matrixOf(data, [...data.cells, stranger]);
  expect(scenarios.at(-1)).toEqual({ id: 's', title: 's', suites: ['u'] });
  expect(groups.at(-1)!.variant).toBe('v');
  expect(groups.at(-1)!.rows[0]!.slots.at(-1)).toEqual([stranger]);
});

it('puts two cells into one place where the UE moves to two firewalls', () => {
  const move = data.cells.find(({ id }) => id === '0>8/access-change/aes')!;
  const other = { ...move, id: '0>9/access-change/aes', to: '9' };
  const { groups } = matrixOf(data, [move, other]);
  expect(groups[0]!.rows[0]!.slots).toEqual([[move, other]]);
});

it('has a group of each variant', () => {
  const { groups } = matrixOf(data, pageFixture({ variants: ['b', 'a'] }).cells);
  expect(groups.map(({ variant }) => variant)).toEqual(['b', 'a']);
});
