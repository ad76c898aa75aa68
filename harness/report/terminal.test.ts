import { stripVTControlCharacters } from 'node:util';
import { assert, constantFrom, property } from 'fast-check';
import { drop } from '../judge/testing/results';
import { hostileRun, hostileText } from './hostile-fixture';
import { widthOf } from './paragraph';
import { attempt, cell, claim, run } from './result-fixture';
import { toTerminal } from './terminal';

const blocked = (firewall: string) => ({
  reason: `fw-${firewall} denied SIP REGISTER: UDP to the SIP ports [sip-ports]`,
  witness: { end: 'abandoned', code: 'ABANDONED', text: 'denied' } as const,
  evidence: [drop({ firewall: `fw-${firewall}` })],
});

test('a run in which all is as expected', () => {
  const result = run(
    [
      cell('0/register/aes', [attempt('1 udp:5060', 'passed'), attempt('3 tls:443', 'passed')], 1),
      cell(
        '3/register/aes',
        [attempt('1 udp:5060', 'blocked', blocked('3')), attempt('3 tls:443', 'passed')],
        3,
      ),
    ],
    [claim('I1', 'confirmed', ['0/register/aes', '3/register/aes']), claim('I8', 'untested', [])],
  );
  expect(toTerminal(result, false))
    .toBe(`nimsfw-lab  run r1, backend netns, kernel 6.1.0, patience evidence, timers rfc,
            ladder all
boxes: the lab's own

Which rule refused what
  firewall  rule       step and way
  ──────────────────────────────────────────────────────────────────────────────
  3         sip-ports  1 udp:5060

Claims  (CR: the change request to TR 33.830 clause 8.3)
  untested: I8
  confirmed
    I1  Sentence I1 (CR; 2 cells)

The firewalls are this lab's reading: TR 33.830's own table of NIMSFW types 1-9
is not available. What the change request (CR) itself says is under "Claims",
source CR.
  0: control
  3, 8: content likely, numbering a guess

Which step got through  (1 normal, 2 NAT traversal, 3 TLS on 443)
  firewall         register
                   aes
  ───────────────────────────
  0  open          step 1
  3  no SIP ports  step 3

2 cells in 1.5 s: 2 expected, 0 unexpected, 0 flaky, 0 skipped;
2 claims: 1 confirmed, 0 contradicted, 1 untested
`);
});

test('what is not as expected is marked in its place and explained before the summary', () => {
  const result = run(
    [
      cell(
        '3/register/aes',
        [
          attempt('3 tls:443', 'failed', {
            expected: 'passed',
            reason: 'no packet was dropped',
            witness: { end: 'failed', code: 'TLS_FAILED', text: 'alert 40' },
          }),
        ],
        null,
        { expected: 3, outcome: 'unexpected' },
      ),
      cell('8/register/aes', [], null, { expected: 3, outcome: 'skipped' }),
    ],
    [claim('I1', 'contradicted', ['3/register/aes'])],
    { interrupted: true },
  );
  const text = toTerminal(result, false);
  expect(text).toContain(
    'Interrupted: this is a partial result; cells that were not finished are marked\nskipped.\n',
  );
  expect(text).toContain('  3  no SIP ports         none !\n  8  mandatory web proxy  skipped\n');
  expect(text).toContain('  contradicted !\n    I1  Sentence I1 (CR; 1 cell)\n');
  expect(text).toContain(`
Not as expected
! 3/register/aes: nothing got through, expected step 3
     step 3 tls:443: failed, expected passed: no packet was dropped (the UE
     said: failed TLS_FAILED alert 40)
! claim I1: contradicted
     Sentence I1 (CR)
     rests on 3/register/aes

`);
  // Whoever looks at the end of a long run finds the table there, and what explains it above.
  const order = ['Claims', 'Not as expected', "lab's reading", 'Which step got through', '2 cells in 1.5 s'];
  const places = order.map((words) => text.indexOf(words));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(text).toMatch(
    /0 expected, 1 unexpected, 0 flaky, 1 skipped;\n1 claim: 0 confirmed, 1 contradicted, 0 untested\n$/,
  );
});

test('of much that is not as expected some is explained, and the rest counted', () => {
  const failed = (round: number) =>
    attempt('3 tls:443', 'failed', { expected: 'passed', round, reason: `reason ${round}` });
  const cells = Array.from({ length: 14 }, (_, index) =>
    cell(`${index}/register/aes`, [1, 2, 3, 4, 5].map(failed), null, { expected: 3, outcome: 'unexpected' }),
  );
  const text = toTerminal(run(cells), false);
  expect(text.match(/^! /gm)).toHaveLength(12);
  expect(text).toContain('\n  and 2 cells more, see table.md\n');
  expect(text).toContain('reason 3');
  expect(text).toContain('\n     and 2 attempts more\n');
  expect(text).not.toContain('reason 4');
});

test('a run of many scenarios has a table for each suite, and one for its moves', () => {
  const scenarios = ['register', 'relay', 'message', 'call', 'msrp', 'keepalive'];
  const cells = scenarios.flatMap((scenario) =>
    (['aes', 'null'] as const).map((suite) =>
      cell(`3/${scenario}/${suite}`, [attempt('3 tls:443', 'passed')], 3),
    ),
  );
  const moved = { ...cell('0/access-change/aes', [attempt('3 tls:443', 'passed', { at: '8' })], 3), to: '8' };
  expect(toTerminal(run([...cells, moved]), false)).toContain(`
  firewall         register  relay   message  call    msrp    keepalive
                   aes       aes     aes      aes     aes     aes
  ───────────────────────────────────────────────────────────────────────
  3  no SIP ports  step 3    step 3  step 3   step 3  step 3  step 3

  firewall         register  relay   message  call    msrp    keepalive
                   null      null    null     null    null    null
  ───────────────────────────────────────────────────────────────────────
  3  no SIP ports  step 3    step 3  step 3   step 3  step 3  step 3

  firewall                           access-change
                                     aes
  ──────────────────────────────────────────────────
  0 > 8  open > mandatory web proxy  step 3
`);
  const some = run(cells.slice(0, 8));
  expect(toTerminal(some, false)).not.toContain('register  register');
  expect(toTerminal(some, false, 100)).toContain(
    'register  register  relay   relay   message  message  call',
  );
});

test('how long a UE climbs is in the table when it was measured', () => {
  const blockedFirst = attempt('1 udp:5060', 'blocked', { ...blocked('3'), durationMs: 32_000 });
  const result = run([cell('3/register/aes', [blockedFirst, attempt('3 tls:443', 'passed')], 3)], [], {
    patience: 'rfc',
  });
  const text = toTerminal(result, false);
  expect(text).toContain('  3  no SIP ports  step 3, 32.0 s\n');
  expect(text).toContain('what a UE that climbs waits before the step that gets through');
});

test('whatever texts a result has, all fits, and nothing reaches the terminal as anything but text', () => {
  assert(
    property(hostileText, constantFrom(80, 100, 300), (text, columns) => {
      const shown = toTerminal(hostileRun(text), false, columns);
      for (const line of shown.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(Math.min(columns, 120));
      expect(shown).not.toMatch(/[^\n\P{Cc}]|[\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
    }),
  );
});

test('colours add nothing but colour', () => {
  const result = run(
    [
      cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1),
      cell('3/register/aes', [attempt('1 udp:5060', 'blocked', blocked('3'))], null, { outcome: 'flaky' }),
      cell('8/register/aes', [], null, { outcome: 'skipped' }),
    ],
    [claim('I1', 'contradicted', [])],
  );
  const coloured = toTerminal(result, true);
  expect(coloured).toContain('\u001B[');
  const withoutTrailing = stripVTControlCharacters(coloured).replace(/ +$/gm, '');
  expect(withoutTrailing).toBe(toTerminal(result, false));
});

test('a run of no cells has a summary', () => {
  expect(toTerminal(run([]), false)).toContain(
    '0 cells in 1.5 s: 0 expected, 0 unexpected, 0 flaky, 0 skipped',
  );
});

test("a catalogue of one's own is not called this lab's reading", () => {
  const some = run([cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1)]);
  const plan = { ...some.run.plan, catalogue: { ...some.run.plan.catalogue, sha256: '0'.repeat(64) } };
  const text = toTerminal({ ...some, run: { ...some.run, plan } }, false);
  expect(text).not.toContain("this lab's reading");
  expect(text).toContain(
    "The firewalls are those of a catalogue of one's own (--catalogue); what it says\nof each:\n  0: control\n",
  );
});
