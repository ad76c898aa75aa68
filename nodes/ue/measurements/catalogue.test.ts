import { scenarios } from '../../../scenarios';
import { measured, measurementCatalogueVersion, measurementKind, measurementKinds } from './catalogue';

test.each([
  ['tls-setup-full', 'tls-setup-full'],
  ['outgoing-loss-in', '{call}-loss-in'],
  ['arrived-time-to-media', '{call}-time-to-media'],
  ['incoming-time-to-media-at-peer', '{call}-time-to-media-at-peer'],
  ['bytes-per-packet-amr-wb', 'bytes-per-packet-{codec}'],
])('%s is defined by %s', (name, entry) => {
  expect(measurementKind(name)?.name).toBe(entry);
});

test.each(['loss-in', '-loss-in', 'a b-loss-in', 'tls-setup', 'mine', ''])('%j is not defined', (name) => {
  expect(measurementKind(name)).toBeUndefined();
});

test('a measurement has the unit of its entry', () => {
  expect(measured('left-jitter-in-mean', 1.5)).toEqual({
    name: 'left-jitter-in-mean',
    value: 1.5,
    unit: 'ms',
  });
  // @ts-expect-error What is not in the catalogue cannot be measured.
  expect(() => measured('mine', 1)).toThrow();
});

test('every column of the tables shows measurements that are defined', () => {
  const names = scenarios.flatMap(({ columns }) => columns.flatMap(([, ...all]) => all));
  expect(names).not.toHaveLength(0);
  expect(names.filter((name) => !measurementKind(name))).toEqual([]);
});

test('no entry is newer than the catalogue', () => {
  for (const { since, definition } of measurementKinds) {
    expect(since).toBeGreaterThanOrEqual(1);
    expect(since).toBeLessThanOrEqual(measurementCatalogueVersion);
    expect(definition).not.toMatch(/[|\n]/);
  }
});
