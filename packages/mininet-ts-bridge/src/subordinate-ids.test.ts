import { hasSubordinateIds, subordinateIdsCommand } from './subordinate-ids';

const ada = { name: 'ada', uid: 1000 };
const reading = (files: Readonly<Record<string, string>>) => (path: string) => files[path];

describe('hasSubordinateIds', () => {
  const both = (line: string) => reading({ '/etc/subuid': line, '/etc/subgid': line });

  test.each(['ada:100000:65536\n', 'bob:1:2\nada:100000:65536', '1000:100000:65536\n'])(
    '%j is one',
    (line) => {
      expect(hasSubordinateIds(ada, both(line))).toBe(true);
    },
  );

  test.each(['', 'adam:100000:65536\n', '#ada:100000:65536\n', 'ada:100000\n'])('%j is none', (line) => {
    expect(hasSubordinateIds(ada, both(line))).toBe(false);
  });

  test('one file is not enough', () => {
    expect(hasSubordinateIds(ada, reading({ '/etc/subuid': 'ada:100000:65536\n' }))).toBe(false);
    expect(hasSubordinateIds(ada, reading({ '/etc/subgid': 'ada:100000:65536\n' }))).toBe(false);
  });
});

describe('subordinateIdsCommand', () => {
  test.each([
    ['nothing is taken', {}, '100000-165535'],
    ['another has the first', { '/etc/subuid': 'bob:100000:65536\n' }, '165536-231071'],
    ['another has the first for groups only', { '/etc/subgid': 'bob:100000:65536\n' }, '165536-231071'],
    [
      'the files differ',
      { '/etc/subuid': 'bob:100000:65536\n', '/etc/subgid': 'carol:165536:1000\n' },
      '166536-232071',
    ],
    ['there is room between', { '/etc/subuid': 'bob:524288:65536\n' }, '100000-165535'],
    ['the room between is too small', { '/etc/subuid': 'bob:165535:1\n' }, '165536-231071'],
    ['ranges are not in order', { '/etc/subuid': 'bob:165536:65536\neve:100000:65536\n' }, '231072-296607'],
    ['a large range ends late', { '/etc/subuid': 'bob:1000:1000000\neve:2000:1\n' }, '1001000-1066535'],
    ['a user has an id of it', { '/etc/passwd': 'bob:x:120000:100::/home/bob:/bin/sh\n' }, '120001-185536'],
    ['a group has an id of it', { '/etc/group': 'staff:x:100000:\n' }, '100001-165536'],
  ])('%s', (_, files, range) => {
    expect(subordinateIdsCommand(ada, reading(files))).toBe(
      `usermod --add-subuids ${range} --add-subgids ${range} ada`,
    );
  });

  test('the user itself may have an id that no file names', () => {
    expect(subordinateIdsCommand({ name: '100005', uid: 100_005 }, reading({}))).toBe(
      'usermod --add-subuids 100006-165541 --add-subgids 100006-165541 100005',
    );
  });
});
