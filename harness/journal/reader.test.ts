import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { attempt, cell, run } from '../report/result-fixture';
import { parseJournal, readJournal } from './reader';
import { eventsOf } from './testing/events';

const events = eventsOf(run([cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1)]));
const lines = events.map((event) => JSON.stringify(event));
const text = `${lines.join('\n')}\n`;
const parse = (of: string): ReturnType<typeof parseJournal> => parseJournal(of, 'out/events.jsonl');

const refusal = (of: string): unknown => {
  try {
    return parse(of);
  } catch (error) {
    return error;
  }
};

test('a whole journal is read as it was written', () => {
  expect(parse(text)).toEqual({ events, isTorn: false });
  expect(parse('')).toEqual({ events: [], isTorn: false });
});

test('wherever it was cut off, all lines that were whole are there, and that one was not is said', () => {
  fc.assert(
    fc.property(fc.nat(text.length), (length) => {
      const cut = text.slice(0, length);
      const whole = cut.split('\n').filter((line) => lines.includes(line)).length;
      const rest = cut.slice(cut.lastIndexOf('\n') + 1);
      const isTorn = rest !== '' && !lines.includes(rest);
      expect(parse(cut)).toEqual({ events: events.slice(0, whole), isTorn });
    }),
  );
});

test.each([
  ['torn', `${lines[0]}\n${lines[1]!.slice(0, 20)}\n${lines[2]}\n`, 2, 'no JSON'],
  ['empty', `${lines[0]}\n\n${lines[1]}\n`, 2, 'no JSON'],
  ['of no known type', `${lines[0]}\n{"type":"rain","at":1}\n`, 2, 'type: Invalid discriminator'],
  ['wrong', `${lines[0]}\n{"type":"capture-read","at":1,"firewall":7,"whole":true}\n`, 2, 'firewall: '],
  ['not the beginning', `${lines[1]}\n`, 1, 'run-began is the first event, and no other'],
  ['a second beginning', `${lines[0]}\n${lines[0]}\n`, 2, 'run-began is the first event, and no other'],
])('a line that is %s is refused with its number', (_, of, line, why) => {
  expect(refusal(of)).toMatchObject({
    code: 'JOURNAL_TORN',
    message: expect.stringContaining(`line ${line} of out/events.jsonl is no event of a run (${why}`),
  });
});

test('whatever a file says, it is read or refused in a line', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...lines), fc.json(), fc.string())), (some) => {
      const result = refusal(some.join('\n'));
      if (result instanceof Error)
        expect((result as { code?: string }).code).toMatch(/^(JOURNAL_TORN|OTHER_SCHEMA)$/);
    }),
  );
});

test('a journal of another schema is refused', () => {
  expect(refusal(text.replace('/events/1', '/events/9'))).toMatchObject({
    code: 'OTHER_SCHEMA',
    message:
      'out/events.jsonl has the schema https://nimsfw-lab.example/events/9, and this nimsfw reads https://nimsfw-lab.example/events/1; measure again with this nimsfw',
  });
});

test('it is read from the folder of a run, and where there is none the folder is named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nimsfw-test-'));
  try {
    expect(() => readJournal(folder)).toThrow(
      expect.objectContaining({
        code: 'JOURNAL_UNREADABLE',
        message: `cannot read ${folder}/events.jsonl (ENOENT); name a folder that nimsfw run --out has written`,
      }),
    );
    writeFileSync(join(folder, 'events.jsonl'), text);
    expect(readJournal(folder).events).toEqual(events);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
