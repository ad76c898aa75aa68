import { builtInCatalogue } from '../../firewalls/catalogue';
import { thisMachine, type Machine } from './machine';
import { obstacles, requireSurroundings } from './surroundings';

/** A line of /proc/self/limits. */
const limit = (name: string, value: string): string =>
  `${name.padEnd(26)}${value.padEnd(21)}unlimited            units\n`;

const machine = (files: Readonly<Record<string, string>>, isRoot = false): Machine => ({
  ...thisMachine(),
  isRoot,
  read: (path) => files[path],
});

const wholeMap = '         0          0 4294967295\n';
/** The map of a rootless container. */
const twoParts = '         0       1000          1\n         1     100000      65536\n';
const single = '         0          0          1\n';

test('no limits, and all ids, are no obstacle', () => {
  const limits = limit('Max open files', '1048576') + limit('Max processes', 'unlimited');
  const files = {
    '/proc/self/limits': limits,
    '/proc/self/uid_map': wholeMap,
    '/proc/self/gid_map': wholeMap,
  };
  expect(obstacles(12, machine(files, true))).toEqual([]);
  expect(obstacles(12, machine({}))).toEqual([]);
});

test.each([
  [
    'Max open files',
    '64',
    'only 64 open files are allowed here (ulimit -n), and a lab of 1 firewall may take 140',
    'n',
  ],
  [
    'Max processes',
    '10',
    'only 10 processes and threads are allowed here (ulimit -u), and a lab of 1 firewall may take 200',
    'u',
  ],
  [
    'Max file size',
    '8192',
    'only 8192 bytes in a file are allowed here (ulimit -f), and a lab of 1 firewall may take 1073741824',
    'f',
  ],
  [
    'Max cpu time',
    '0',
    'only 0 seconds of processor time are allowed here (ulimit -t), and a lab of 1 firewall may take 3600',
    't',
  ],
])('%s of %s is too low', (name, value, text, letter) => {
  const low = machine({ '/proc/self/limits': limit(name, value) });
  const remedy = `start it where ulimit -H${letter} shows more (limits.conf(5), LimitXXX= of a service)`;
  expect(obstacles(1, low)).toEqual([{ code: 'LIMIT_TOO_LOW', text, remedy }]);
});

test('more firewalls take more', () => {
  const some = machine({ '/proc/self/limits': limit('Max open files', '1024') });
  expect(obstacles(12, some)).toEqual([]);
  expect(obstacles(40, some)).toHaveLength(1);
});

test('the number of processes does not bind root', () => {
  expect(obstacles(12, machine({ '/proc/self/limits': limit('Max processes', '10') }, true))).toEqual([]);
});

test('a root with one id cannot give programs users of their own; one with a range can', () => {
  const maps = (map: string) => ({ '/proc/self/uid_map': map, '/proc/self/gid_map': map });
  expect(obstacles(1, machine(maps(twoParts), true))).toEqual([]);
  expect(obstacles(1, machine(maps(single)))).toEqual([]);
  expect(() => requireSurroundings(builtInCatalogue, machine(maps(single), true))).toThrow(
    expect.objectContaining({
      code: 'FEW_IDS',
      message:
        'this root is one of a user namespace with 1 of the 1000 ids that programs of a lab change to (unshare -r makes such); ' +
        'start it outside of that namespace, or make it with unshare --map-root-user --map-auto',
    }) as Error,
  );
});
