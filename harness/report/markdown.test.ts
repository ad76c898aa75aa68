import fc from 'fast-check';
import { hostileRun, hostileText } from './hostile-fixture';
import { toMarkdown } from './markdown';
import { attempt, cell, claim, knobs, run } from './result-fixture';

test('the report of a small run', () => {
  const reason = 'fw-3 denied SIP REGISTER: UDP to the SIP ports [sip-ports]';
  const result = run(
    [
      cell('0/register/null', [attempt('1 udp:5060', 'passed')], 1),
      cell('3/register/null', [attempt('1 udp:5060', 'blocked', { expected: 'passed', reason })], null, {
        expected: 1,
        outcome: 'unexpected',
      }),
    ],
    [claim('I2', 'contradicted', ['0/register/null', '3/register/null'])],
  );
  expect(toMarkdown(result)).toBe(`# IMS through restrictive firewalls, measured

**2 cells in 1.5 s: 1 expected, 1 unexpected, 0 flaky, 0 skipped; 1 claim: 0 confirmed, 1 contradicted, 0 untested**

boxes: the lab's own

## Not as expected

- **3/register/null: nothing got through, expected step 1**
  - step 1 udp:5060: blocked, expected passed: fw-3 denied SIP REGISTER: UDP to the SIP ports \\[sip-ports\\] (the UE said: failed TIMEOUT timer F ran out)
- **claim I2: contradicted**: Sentence I2 (CR); rests on 0/register/null, 3/register/null

## Which step got through

| firewall | register, null |
|---|---|
| 0  open | step 1 |
| 3  no SIP ports | none ! not 1 |

The firewalls are this lab's reading: TR 33.830's own table of NIMSFW types 1-9 is not available. What the change request (CR) itself says is under "Claims", source CR.

- 0: control
- 3, 8: content likely, numbering a guess

## Claims

|  | verdict | claim (CR: the change request to TR 33.830) | source | rests on |
|---|---|---|---|---|
| I2 | contradicted ! | Sentence I2 | CR | 2 cells |

## Rung by rung

✓ passed   ✗ blocked, and the letter of the reason   - not tried   ~ 1/2 passed in one of two rounds   ! not as expected

How long a UE climbs until then was not measured: that takes --patience rfc

### register, null (TLS_RSA_WITH_NULL_SHA)

| firewall | step 1 udp:5060 | through at |
|---|---|---|
| 0  open | ✓ passed | step 1 |
| 3  no SIP ports | ✗ blocked ! a | none ! |

- a: the firewall denied SIP REGISTER: UDP to the SIP ports \\[sip-ports\\]

## The run

run r1, backend netns, kernel 6.1.0, patience evidence, timers rfc, ladder all; node 20.19.0
`);
});

test('whatever a title holds, a table row keeps its columns and no HTML gets in', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'|\\`<>&*_[]~\n\r\u2028a ') }), (title) => {
      const firewalls = [{ id: '0', title, source: '', confidence: 'c', knobs }];
      const text = toMarkdown(
        run([cell('0/register/aes', [attempt('1 udp:5060', 'passed')], 1)], [], { firewalls }),
      );
      const row = text.split('\n').find((line) => line.startsWith('| 0'))!;
      const bars = row.match(/(?<!\\)(?:\\\\)*\|/g);
      expect(bars).toHaveLength(3);
      expect(row).not.toMatch(/<|(?<!\\)(?:\\\\)*[`*[\]]/);
    }),
  );
});

test('whatever texts a result has, they are no markup, and tables keep their columns', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      let bars = 0;
      for (const line of toMarkdown(hostileRun(text)).split('\n')) {
        expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
        const bare = line
          .replace(/\\[\\`*[\]|~_$]/g, '')
          .replace(/^(?:- )?\*\*(.*)\*\*$/, '$1')
          .replace(/^- \*\*claim (.*?)\*\*/, '$1')
          .replace(/&(?:lt|gt|amp);/g, '');
        expect(bare).not.toMatch(/[<>&`*[\]$\\]/);
        const found = bare.match(/\|/g)?.length ?? 0;
        if (!line.startsWith('|')) expect(found).toBe(0);
        else if (bars > 0) expect(found).toBe(bars);
        bars = found;
      }
    }),
    { numRuns: 50 },
  );
});

test('a run that waited the timers out tells how long a UE climbs', () => {
  const seconds = (count: number) => ({ durationMs: 1000 * count });
  const result = run(
    [
      cell('0/register/aes', [attempt('1 udp:5060', 'passed', seconds(0.1))], 1),
      cell(
        '3/register/aes',
        [attempt('1 udp:5060', 'blocked', seconds(128)), attempt('3 tls:443', 'passed', seconds(0.3))],
        3,
      ),
      cell('8/register/aes', [attempt('1 udp:5060', 'blocked', seconds(128))], null),
    ],
    [],
    { patience: 'rfc', timers: '3gpp' },
  );
  const table = toMarkdown(result).split('\n');
  expect(table).toContain(
    'until then: what a UE that climbs waits before the step that gets through, with the timers 3gpp',
  );
  expect(table.filter((line) => /^\| (?:firewall \| step|0|3|8)/.test(line)).slice(-4)).toEqual([
    '| firewall | step 1 udp:5060 | step 3 tls:443 | through at | until then |',
    '| 0  open | ✓ passed | - | step 1 | 0.0 s |',
    '| 3  no SIP ports | ✗ blocked a | ✓ passed | step 3 | 128.0 s |',
    '| 8  mandatory web proxy | ✗ blocked a | - | none | - |',
  ]);
});
