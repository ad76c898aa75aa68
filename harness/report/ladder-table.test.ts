import { ladderTables, withoutNodeIds } from './ladder-table';
import { toPcscf, toTurn } from '../../ladder/testing/rungs';
import { attempt, cell, run } from './result-fixture';

test('columns stand in the order of the ladder, not of the attempts', () => {
  const [table] = ladderTables(
    run([
      cell('8/relay/aes', [attempt('3 connect:443', 'passed'), attempt('3 tcp:80', 'blocked')], 3),
      cell('0/relay/aes', [attempt('2 udp:3478', 'passed'), attempt('3 tls:443', 'passed')], 2),
    ]),
  );
  expect(table!.rungs.map((rung) => `${rung.step} ${rung.via}`)).toEqual([
    '2 udp:3478',
    '3 tcp:80',
    '3 tls:443',
    '3 connect:443',
  ]);
});

test('a ladder that is not known stands by step, as it was first tried', () => {
  const [table] = ladderTables(
    run([cell('0/message/aes', [attempt('3 tcp:80', 'passed'), attempt('1 udp:5060', 'passed')], 1)]),
  );
  expect(table!.rungs).toEqual([toPcscf(1, 'udp:5060'), toTurn(3, 'tcp:80')]);
});

test('the same reason has one letter, whichever firewall it is said of', () => {
  const blocked = (firewall: string, rule: string) => ({ reason: `fw-${firewall} denied TCP SYN [${rule}]` });
  const [table] = ladderTables(
    run([
      cell('3/register/aes', [attempt('2 tls:5061', 'blocked', blocked('3', 'sip-ports'))], null),
      cell('8/register/aes', [attempt('2 tls:5061', 'blocked', blocked('8', 'sip-ports'))], null),
      cell('0/register/aes', [attempt('2 tls:5061', 'blocked', blocked('0', 'everything'))], null),
    ]),
  );
  expect(table!.rows.map((row) => row.results[0]!.letter)).toEqual(['a', 'a', 'b']);
  expect(table!.reasons).toEqual([
    { letter: 'a', text: 'the firewall denied TCP SYN [sip-ports]' },
    { letter: 'b', text: 'the firewall denied TCP SYN [everything]' },
  ]);
});

test('the letter after z is aa', () => {
  const cells = Array.from({ length: 28 }, (_, index) =>
    cell(`${index}/register/aes`, [attempt('1 udp:5060', 'blocked', { reason: `reason ${index}` })], null),
  );
  const letters = ladderTables(run(cells))[0]!.reasons.map((reason) => reason.letter);
  expect(letters.slice(24)).toEqual(['y', 'z', 'aa', 'ab']);
});

test('repetitions that differ are mixed, and the reason told is that of the one that was not expected', () => {
  const [table] = ladderTables(
    run([
      cell(
        '0/register/aes',
        [
          attempt('1 udp:5060', 'passed'),
          attempt('1 udp:5060', 'failed', { round: 2, expected: 'passed', reason: 'timer F ran out' }),
          attempt('1 udp:5060', 'passed', { round: 3 }),
        ],
        1,
        { outcome: 'flaky' },
      ),
    ]),
  );
  expect(table!.rows[0]!.results).toEqual([
    {
      rung: toPcscf(1, 'udp:5060'),
      verdict: 'mixed',
      passed: 2,
      of: 3,
      asExpected: false,
      letter: 'a',
    },
  ]);
  expect(table!.reasons).toEqual([{ letter: 'a', text: 'timer F ran out' }]);
});

test('only whole node ids of this cell are left out of a reason', () => {
  expect(withoutNodeIds('fw-1 and proxy-1 but not fw-10, fw-1-x, my-fw-1', '1')).toBe(
    'the firewall and the proxy but not fw-10, fw-1-x, my-fw-1',
  );
});

test('of several reasons the one that was not expected is told', () => {
  const attempts = [
    attempt('1 udp:5060', 'blocked', { reason: 'dropped' }),
    attempt('1 udp:5060', 'failed', { round: 2, expected: 'blocked', reason: 'the server was gone' }),
  ];
  const [table] = ladderTables(run([cell('3/register/aes', attempts, null, { outcome: 'flaky' })]));
  expect(table!.reasons).toEqual([{ letter: 'a', text: 'the server was gone' }]);
});

it.each(['(', '(\\w+\\s?)+$|[.', '(?:\\w+ ?)+!', '.*'])('takes the id %s for no pattern', (id) => {
  expect(withoutNodeIds(`fw-${id} denied it, fw-6 did not`, id)).toBe('the firewall denied it, fw-6 did not');
  expect(withoutNodeIds(`fw-${'a'.repeat(100)}`, id)).toBe(`fw-${'a'.repeat(100)}`);
});
