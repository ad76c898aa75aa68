import { randomBytes } from 'node:crypto';
import type { PageArrow, PageAttempt, PageData } from '../data';
import { pageFixture } from '../testing/page-fixture';
import { fitted } from './fit';
import { pack } from './pack';
import { apart, together } from './texts';
import { unpack } from './unpack';

const arrow = (text?: string): PageArrow => ({
  ...{ afterMs: 1, lastAfterMs: 1, from: 0, to: 1, protocol: 'sip', label: 'REGISTER', carriers: 'UDP' },
  ...{ count: 1, capture: 'captures/0-ue-side.pcap', frame: 1 },
  ...(text === undefined ? {} : { text }),
});

/** A page with a message of so many random bytes in each attempt. */
function pageWith(bytes: number): PageData {
  const data = pageFixture();
  const attempts = (all: readonly PageAttempt[]): PageAttempt[] =>
    all.map((attempt, index) => ({
      ...attempt,
      // The first attempt of each cell ended otherwise than expected.
      ...(index === 0 ? { verdict: 'failed' as const } : {}),
      sequence: {
        parties: [
          { id: 'ue-0', kind: 'ue' },
          { id: 'pcscf', kind: 'pcscf' },
        ],
        arrows: [arrow(randomBytes(bytes).toString('hex')), arrow()],
        leftOut: 0,
      },
    }));
  return { ...data, cells: data.cells.map((cell) => ({ ...cell, attempts: attempts(cell.attempts) })) };
}

const arrowsIn = (data: PageData): PageArrow[] =>
  data.cells.flatMap(({ attempts }) => attempts.flatMap(({ sequence }) => sequence?.arrows ?? []));

it('takes the messages out and puts them back, each once', () => {
  const data = pageWith(8);
  const taken = apart(data);
  expect(together(taken)).toEqual(data);
  expect(new Set(taken.texts).size).toBe(taken.texts.length);
  expect(JSON.stringify(taken.page)).not.toContain(taken.texts[0]);
});

it('packs what is unpacked the same', async () => {
  const data = pageWith(8);
  expect(await unpack(pack(data))).toEqual(JSON.parse(JSON.stringify(data)));
});

it('leaves a page that fits as it is', () => {
  const data = pageWith(8);
  expect(fitted(data, JSON.stringify, 1e9)).toBe(JSON.stringify(data));
});

it.each([
  ['the messages of what ended as expected', 'the messages in the clear of attempts that ended as expected'],
  ['all messages', 'the messages in the clear'],
  [
    'sequences of what ended as expected',
    'the sequences of attempts that ended as expected, and all messages in the clear',
  ],
  ['all sequences', 'the sequences of the attempts'],
])('leaves out %s, as much as is needed, and says so', (_, what) => {
  const data = pageWith(200);
  const renderings: PageData[] = [];
  fitted(data, (one) => (renderings.push(one), JSON.stringify(one)), 0);
  const wanted = renderings.find(({ notes }) => notes.some((note) => note.includes(`lacks ${what}.`)))!;
  const page = fitted(data, JSON.stringify, Buffer.byteLength(JSON.stringify(wanted)));
  expect(JSON.parse(page)).toEqual(JSON.parse(JSON.stringify(wanted)));
  expect(wanted.notes.slice(0, -1)).toEqual(data.notes);
});

it('keeps longest what did not end as expected', () => {
  const data = pageWith(200);
  const renderings: PageData[] = [];
  fitted(data, (one) => (renderings.push(one), JSON.stringify(one)), 0);
  const [, first, , third, last] = renderings;
  const isUnexpected = ({ verdict, expected }: PageAttempt): boolean => verdict !== expected;
  const unexpected = data.cells.flatMap(({ attempts }) => attempts.filter(isUnexpected)).length;
  expect(unexpected).toBeGreaterThan(0);
  expect(arrowsIn(first!).filter(({ text }) => text !== undefined)).toHaveLength(unexpected);
  expect(arrowsIn(third!)).toHaveLength(2 * unexpected);
  expect(arrowsIn(last!)).toEqual([]);
});
