import { stripVTControlCharacters } from 'node:util';
import { relayRungs } from '../../ladder';
import { attempt, cell, claim, knobs, run } from './result-fixture';
import { toTerminal } from './terminal';

const blocked = (firewall: string) => ({
  reason: `fw-${firewall} denied SIP REGISTER: UDP to the SIP ports [sip-ports]`,
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
    .toBe(`nimsfw-lab  run r1, backend netns, kernel 6.1.0, patience evidence, timers rfc, ladder all
boxes: the lab's own

Which step got through  (1 normal, 2 NAT traversal, 3 TLS on 443)
  firewall         register
                   aes
  ───────────────────────────
  0  open          step 1
  3  no SIP ports  step 3

The firewalls are this lab's reading: TR 33.830's own table of NIMSFW types 1-9 is not available. What the change
request (CR) itself says is under "Claims", source CR.
  0: control
  3, 8: content likely, numbering a guess

Rung by rung
✓ passed   ✗ blocked, and the letter of the reason   - not tried   ~ 1/2 passed in one of two rounds   ! not as expected
How long a UE climbs until then was not measured: that takes --patience rfc

register, aes  (TLS_RSA_WITH_AES_128_CBC_SHA)
  firewall         step 1       step 3    through at
                   udp:5060     tls:443
  ────────────────────────────────────────────────────
  0  open          ✓ passed     ✓ passed  step 1
  3  no SIP ports  ✗ blocked a  ✓ passed  step 3
  a  the firewall denied SIP REGISTER: UDP to the SIP ports [sip-ports]

Claims  (CR: the change request to TR 33.830 clause 8.3)
      verdict    claim        source  rests on
  ──────────────────────────────────────────────
  I1  confirmed  Sentence I1  CR      2 cells
  I8  untested   Sentence I8  CR      0 cells

2 cells in 1.5 s: 2 expected, 0 unexpected, 0 flaky, 0 skipped; 2 claims: 1 confirmed, 0 contradicted, 1 untested
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
    'Interrupted: this is a partial result; cells that were not finished are marked skipped.\n',
  );
  expect(text).toContain('  3  no SIP ports         none ! not 3\n  8  mandatory web proxy  skipped\n');
  expect(text).toContain(
    '  3  no SIP ports         ? failed ! a  none !\n  8  mandatory web proxy  -             skipped\n',
  );
  expect(text).toContain('  I1  contradicted !  Sentence I1');
  expect(text).toContain(`
Not as expected
! 3/register/aes: nothing got through, expected step 3
     step 3 tls:443: failed, expected passed: no packet was dropped (the UE said: failed TLS_FAILED alert 40)
! claim I1: contradicted
     Sentence I1 (CR)
     rests on 3/register/aes

2 cells in 1.5 s: 0 expected, 1 unexpected, 0 flaky, 1 skipped`);
});

test('the widest table, six rungs and long words, fits 120 columns', () => {
  const reason = 'nothing was dropped by the firewall and yet it did not come to an end '.repeat(4);
  const attempts = relayRungs.flatMap(({ step, via }) => [
    attempt(`${step} ${via}`, 'blocked', { reason }),
    attempt(`${step} ${via}`, 'blocked', { reason, round: 2 }),
  ]);
  const long = {
    id: '8',
    title: 'a title that somebody wrote at great length',
    source: '',
    confidence: reason,
    knobs,
  };
  const result = run([cell('8/relay/null', attempts, null)], [claim('I1', 'confirmed', [])], {
    firewalls: [long],
  });
  result.claims[0]!.statement = reason;
  for (const line of toTerminal(result, false).split('\n')) expect(line.length).toBeLessThanOrEqual(120);
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

test('control characters of a title or a reason do not reach the terminal', () => {
  const hostile = { id: '0', title: 'a\u001B[2Jb\nc', source: '', confidence: 'd\u0007e', knobs };
  const result = run(
    [cell('0/register/aes', [attempt('1 udp:5060', 'blocked', { reason: 'f\u001Bg' })], null)],
    [],
    {
      firewalls: [hostile],
    },
  );
  expect(toTerminal(result, false)).not.toMatch(/[^\n\P{Cc}]/u);
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
    "The firewalls are those of a catalogue of one's own (--catalogue); what it says of each:\n  0: control\n",
  );
});
