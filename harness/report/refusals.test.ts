import { drop } from '../judge/testing/results';
import { refusalsOf } from './refusals';
import { attempt, cell, run } from './result-fixture';

const blocked = (rung: Parameters<typeof attempt>[0], rule: string, more = {}) =>
  attempt(rung, 'blocked', { evidence: [drop({ rule })], ...more });

test('what a rule refused, in the order of the ladder, whatever the scenario', () => {
  const result = run([
    cell('3/register/aes', [blocked('2 tls:5061', 'sip-ports'), blocked('1 udp:5060', 'sip-ports')], null),
    cell('3/relay/aes', [blocked('2 tls:5349', 'tcp'), blocked('3 tls:443', 'tcp')], null),
    cell('3/message/aes', [blocked('2 udp:5060', 'sip-ports'), attempt('3 tls:443', 'passed')], 3),
  ]);
  expect(refusalsOf(result)).toEqual([
    { firewalls: '3', rule: 'sip-ports', rungs: '1 udp:5060; 2 udp:5060, tls:5061' },
    { firewalls: '3', rule: 'tcp', rungs: '2 tls:5349; 3 tls:443' },
  ]);
});

test('firewalls on which a rule refused the same are named together, in the order of the run', () => {
  const result = run([
    cell('8/register/aes', [blocked('1 udp:5060', 'udp')], null),
    cell('3/register/aes', [blocked('1 udp:5060', 'udp'), blocked('2 tls:5061', 'tcp')], null),
    cell('0/register/aes', [blocked('1 udp:5060', 'udp'), blocked('2 udp:5060', 'udp')], null),
  ]);
  expect(refusalsOf(result)).toEqual([
    { firewalls: '0', rule: 'udp', rungs: '1 udp:5060; 2 udp:5060' },
    { firewalls: '3, 8', rule: 'udp', rungs: '1 udp:5060' },
    { firewalls: '3', rule: 'tcp', rungs: '2 tls:5061' },
  ]);
});

test('a rule that refused one suite of several says which', () => {
  const cells = [
    cell('3/register/aes', [attempt('3 tls:443', 'passed')], 3),
    cell('3/register/null', [blocked('3 tls:443', 'readable-sip')], null),
  ];
  expect(refusalsOf(run(cells))).toMatchObject([{ rule: 'readable-sip (null)' }]);
  expect(refusalsOf(run(cells.slice(1)))).toMatchObject([{ rule: 'readable-sip' }]);
});

test('of a move, it is the firewall on whose network the attempt was made', () => {
  const moved = {
    ...cell('0/access-change/aes', [blocked('1 udp:5060', 'direct', { at: '8' })], null),
    to: '8',
  };
  expect(refusalsOf(run([moved]))).toMatchObject([{ firewalls: '8' }]);
});

test('what was not blocked was refused by nothing', () => {
  const failed = attempt('1 udp:5060', 'failed', { evidence: [drop()] });
  expect(refusalsOf(run([cell('3/register/aes', [failed], null)]))).toEqual([]);
});
