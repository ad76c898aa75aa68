import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PageCell, PageData } from 'nimsfw-result-page';
import { eventsOf } from '../journal/testing/events';
import { attempt, cell, run } from '../report/result-fixture';
import { LiveView } from './live-view';

let out: string;
let view: LiveView;
beforeEach(async () => {
  out = mkdtempSync(join(tmpdir(), 'nimsfw-live-'));
  view = await LiveView.open(0, out);
});
afterEach(async () => {
  await view.close();
  rmSync(out, { recursive: true });
});

type Message = { readonly event: string; readonly data: unknown };

/** Watches as a page does, from when the stream has begun until it ends. */
async function watch(): Promise<{ readonly messages: Message[]; readonly ended: Promise<void> }> {
  const messages: Message[] = [];
  let begun: () => void;
  const beginning = new Promise<void>((resolve) => (begun = resolve));
  const ended = new Promise<void>((resolve, reject) => {
    let rest = '';
    request(`${view.url}events`, (answer) => {
      answer.setEncoding('utf8').on('data', (text: string) => {
        begun();
        const parts = (rest + text).split('\n\n');
        rest = parts.pop()!;
        for (const part of parts) {
          const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? [];
          if (event !== undefined) messages.push({ event, data: JSON.parse(data!) });
        }
      });
      answer.on('end', resolve);
    })
      .on('error', reject)
      .end();
  });
  await beginning;
  return { messages, ended };
}

const outcomesIn = (messages: readonly Message[]): string[] =>
  messages.flatMap(({ event, data }) =>
    event === 'cell'
      ? [`${(data as PageCell).id} ${(data as PageCell).outcome}`]
      : [`page: ${(data as PageData).cells.map(({ outcome }) => outcome).join(' ')}`],
  );

const result = run([
  cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1),
  cell('3/register/aes', [attempt('1 udp:5060', 'blocked'), attempt('3 tls:443', 'passed')], 3),
]);

it('has every cell from the start, each as it comes, and ends as the report', async () => {
  const { messages, ended } = await watch();
  const events = eventsOf(result);
  const until = (type: string, count = 1): typeof events => {
    const index = events.findIndex((event) => event.type === type && --count === 0);
    return events.splice(0, index + 1);
  };
  for (const event of until('run-began')) view.onEvent(event);
  for (const event of until('cell-began')) view.onEvent(event);
  view.sendChanged();
  for (const event of until('cell-ended')) view.onEvent(event);
  view.sendChanged();
  for (const event of events) view.onEvent(event);
  await view.onEnd(result);
  await ended;
  expect(outcomesIn(messages)).toEqual([
    'page: ',
    'page: pending pending',
    'page: pending pending',
    '0/register/aes running',
    '0/register/aes expected',
    'page: expected expected',
  ]);
  const last = messages.at(-1)!.data as PageData;
  expect([last.run.isOver, last.run.isInterrupted, last.warnings]).toEqual([true, false, []]);
  expect(last.notes.at(-1)).toBe(
    `The links to captures lead to them from ${out}/report.html, which is this page as a file.`,
  );
  expect((messages[1]!.data as PageData).run).toMatchObject({ isOver: false, isInterrupted: false });
});

it('is there before the lab stands', async () => {
  const page = await new Promise<string>((resolve, reject) => {
    request(view.url, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (more: string) => (text += more));
      answer.on('end', () => resolve(text));
    })
      .on('error', reject)
      .end();
  });
  expect(page).toContain('The lab starts');
});

it('ends with a run that fails before it measures', async () => {
  const { messages, ended } = await watch();
  await view.close();
  await ended;
  expect(outcomesIn(messages)).toEqual(['page: ']);
});
