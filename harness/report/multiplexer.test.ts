import { multiplex } from './multiplexer';
import { LabError } from '../lab/lab-error';
import { defaultMoves } from '../plan/plan';
import type { Reporter } from './reporter';
import { attempt, cell, run } from './result-fixture';

const plan = {
  cells: [],
  catalogue: [],
  firewalls: [],
  steps: [1],
  patience: 'evidence',
  ladder: 'all',
  repeat: 1,
  scenarios: [],
  options: {},
  moves: defaultMoves,
} as const;
const planned = { id: '0/register/aes', firewall: '0', scenario: 'register', suite: 'aes' } as const;

function recorder(calls: string[], name: string): Required<Reporter> {
  return {
    onBegin: () => void calls.push(`${name} begin`),
    onWarning: ({ code }) => void calls.push(`${name} warning ${code}`),
    onCellBegin: ({ id }) => void calls.push(`${name} cell ${id}`),
    onAttempt: (_, { via }) => void calls.push(`${name} attempt ${via}`),
    onCellEnd: ({ outcome }) => void calls.push(`${name} cell ${outcome}`),
    onEnd: ({ run }) => void calls.push(`${name} end ${run.id}`),
  };
}

async function playThrough(reporter: Required<Reporter>): Promise<void> {
  reporter.onBegin(plan);
  reporter.onCellBegin(planned);
  reporter.onAttempt(planned, attempt('1 udp:5060', 'passed'));
  reporter.onCellEnd(cell('0/register/aes', [], 1));
  await reporter.onEnd(run([]));
  reporter.onWarning(new LabError('NODE_DIED', 'peer ended'));
}

const all = (name: string): string[] => [
  `${name} begin`,
  `${name} cell 0/register/aes`,
  `${name} attempt udp:5060`,
  `${name} cell expected`,
  `${name} end r1`,
  `${name} warning NODE_DIED`,
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
  const broken = { onBegin: fail, onCellBegin: fail, onAttempt: fail, onCellEnd: fail, onEnd: fail };
  await playThrough(multiplex([broken, recorder(calls, 'b')], (why) => complaints.push(why)));
  expect(calls).toEqual(all('b'));
  expect(complaints).toEqual(['disk full']);
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
