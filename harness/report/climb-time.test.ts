import { climbTime } from './climb-time';
import { attempt } from './result-fixture';

type Via = Parameters<typeof attempt>[0];

const lasting = (via: Via, verdict: 'passed' | 'blocked', seconds: number, round = 1) =>
  attempt(via, verdict, { durationMs: 1000 * seconds, round });

it('is what was lost before the first rung that passes; what is measured beyond it costs nobody anything', () => {
  const attempts = [
    lasting('1 udp:5060', 'blocked', 32),
    lasting('2 udp:5060', 'blocked', 32),
    lasting('2 tls:5061', 'passed', 0.2),
    lasting('3 tls:443', 'blocked', 130),
  ];
  expect(climbTime(attempts, false)).toBe(64_000);
  expect(climbTime([lasting('1 udp:5060', 'passed', 0.1)], false)).toBe(0);
});

it('leaves out the direct way past a configured proxy, which a UE that climbs does not try', () => {
  const attempts = [
    lasting('1 udp:5060', 'blocked', 32),
    lasting('3 tls:443', 'blocked', 130),
    lasting('3 connect:443', 'passed', 0.2),
  ];
  expect(climbTime(attempts, true)).toBe(32_000);
});

it('is that of the slowest round, and of none where a round got nowhere', () => {
  const [fast, slow] = [
    [lasting('1 udp:5060', 'passed', 1)],
    [lasting('1 udp:5060', 'blocked', 32, 2), lasting('2 udp:5060', 'passed', 1, 2)],
  ];
  expect(climbTime([...fast, ...slow], false)).toBe(32_000);
  expect(climbTime([...fast, lasting('1 udp:5060', 'blocked', 32, 2)], false)).toBeUndefined();
  expect(climbTime([], false)).toBeUndefined();
});
