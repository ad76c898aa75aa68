import { eventsOf } from '../journal/testing/events';
import { multiplex, type ReporterOfAll } from './multiplexer';
import type { Reporter } from './reporter';
import { attempt, cell, run } from './result-fixture';

const result = run([cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1)]);

function recorder(calls: string[], name: string): Required<Reporter> {
  return {
    onEvent: ({ type }) => void calls.push(`${name} ${type}`),
    onEnd: ({ run }) => void calls.push(`${name} end ${run.id}`),
  };
}

async function playThrough(reporter: ReporterOfAll): Promise<void> {
  for (const event of eventsOf(result)) reporter.onEvent(event);
  await reporter.onEnd(result);
  reporter.onEvent({ type: 'warning', at: 0, code: 'NOT_TAKEN_DOWN', text: 'it stands' });
}

const all = (name: string): string[] => [
  `${name} run-began`,
  `${name} versions`,
  `${name} cell-began`,
  `${name} attempt`,
  `${name} cell-ended`,
  `${name} run-ended`,
  `${name} end r1`,
  `${name} warning`,
];

test('every reporter is told everything', async () => {
  const calls: string[] = [];
  await playThrough(multiplex([recorder(calls, 'a'), recorder(calls, 'b'), {}], () => undefined));
  expect(calls.filter((call) => call.startsWith('a'))).toEqual(all('a'));
  expect(calls.filter((call) => call.startsWith('b'))).toEqual(all('b'));
});

test('one that throws does not stop the others, and is complained of once, in one line', async () => {
  const calls: string[] = [];
  const complaints: string[] = [];
  const fail = (): never => {
    throw new Error('disk\nfull');
  };
  const broken = { onEvent: fail, onEnd: fail };
  await playThrough(multiplex([broken, recorder(calls, 'b')], (why) => complaints.push(why)));
  expect(calls).toEqual(all('b'));
  expect(complaints).toEqual(['disk full']);
});

test('one that is told of events in an async function and fails there does not stop the others nor the process', async () => {
  const calls: string[] = [];
  const complaints: string[] = [];
  const broken: Reporter = {
    async onEvent({ type }) {
      await Promise.resolve();
      throw new Error(`not ${type}`);
    },
  };
  await playThrough(multiplex([broken, recorder(calls, 'b')], (why) => complaints.push(why)));
  expect(calls).toEqual(all('b'));
  expect(complaints).toEqual(['not run-began']);
});

test('one whose end is rejected does not stop the others', async () => {
  const calls: string[] = [];
  const complaints: string[] = [];
  const broken: Reporter = { onEnd: () => Promise.reject(new Error('nobody reads')) };
  await playThrough(multiplex([broken, recorder(calls, 'b')], (why) => complaints.push(why)));
  expect(calls).toEqual(all('b'));
  expect(complaints).toEqual(['nobody reads']);
});

test('one whose reader has enough is no failure, and goes on as the others do', async () => {
  const calls: string[] = [];
  const complaints: string[] = [];
  const closed: Reporter = {
    onEnd: () => Promise.reject(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  };
  await playThrough(multiplex([closed, recorder(calls, 'b')], (why) => complaints.push(why)));
  expect(calls).toEqual(all('b'));
  expect(complaints).toEqual([]);
});
