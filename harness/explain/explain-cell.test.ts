import type { EvidenceOf } from '../evidence/evidence';
import { attempt, cell as cellOf, resigned } from '../judge/testing/results';
import type { AttemptResult, CellResult } from '../judge/result';
import type { Step } from '../../ladder';
import { briefOf } from './brief';
import { explainCell } from './explain-cell';

const way: EvidenceOf<'drop'>['socket'] = {
  protocol: 'udp',
  local: { ip: '10.89.3.2', port: 5060 },
  remote: { ip: '198.18.0.10', port: 5060 },
};

function drop(rule: string): EvidenceOf<'drop'> {
  return {
    ...{ kind: 'drop', firewall: 'fw-3', rule, statement: '', decisive: true, chain: 'forward', at: 3 },
    ...{ matchedBy: 'five-tuple', socket: way!, count: 1, lastAt: 3 },
    packet: { protocol: 'udp', src: '10.89.3.2', dst: '198.18.0.10', summary: 'SIP REGISTER' },
  };
}

const blocked = (step: Step, via: string, rule: string, more: Partial<AttemptResult> = {}): AttemptResult =>
  attempt(step, via, 'blocked', {
    witness: { end: 'abandoned', code: 'ABANDONED' },
    evidence: [drop(rule)],
    ...more,
  });
const passed = (step: Step, via: string, more: Partial<AttemptResult> = {}): AttemptResult =>
  attempt(step, via, 'passed', { durationMs: 265, ...more });
const cell = (attempts: AttemptResult[], more: Partial<CellResult> = {}): CellResult => ({
  ...cellOf('3', 'register', 'aes', attempts, more.to),
  ...more,
});

const dropped = (rule: string): string =>
  `REGISTER, UDP 10.89.3.2 to 198.18.0.10, denied at fw-3 by \`${rule}\` 3 ms after the attempt began`;

describe('a cell that is as expected', () => {
  it('has the step that got through and what stopped the others', () => {
    const one = cell([
      blocked(1, 'udp:5060', 'sip-ports'),
      blocked(2, 'udp:5060', 'sip-ports'),
      blocked(2, 'tls:5061', 'sip-ports'),
      passed(3, 'tls:443'),
    ]);
    expect(briefOf(one)).toBe('1, 2: sip-ports');
    expect(explainCell(one)).toBe(
      'Step 3 got through, as expected, over TLS 443 in 265 ms; step 1 was blocked (sip-ports); step 2 was blocked (sip-ports)',
    );
  });

  it('with several rules has that of the last attempt of each step, and each of them in the sentence', () => {
    const one = cell([
      blocked(1, 'udp:5060', 'udp-not-allowed'),
      blocked(2, 'udp:5060', 'udp-not-allowed'),
      blocked(2, 'tls:5061', 'tcp-port-not-allowed'),
      passed(3, 'tls:443'),
    ]);
    expect(briefOf(one)).toBe('1: udp-not-allowed; 2: tcp-port-not-allowed');
    expect(explainCell(one)).toMatch(/; step 2 was blocked \(udp-not-allowed, tcp-port-not-allowed\)$/);
  });

  it('leaves out what was refused above or at the step that got through', () => {
    const one = cell([blocked(2, 'udp:5060', 'x'), passed(2, 'tls:5061'), blocked(3, 'tls:443', 'y')]);
    expect(briefOf(one)).toBe('');
    expect(explainCell(one)).toBe('Step 2 got through, as expected, over TLS 5061 in 265 ms');
  });

  it('through which nothing gets has the sentence of the last attempt', () => {
    const all = cell([
      blocked(1, 'udp:5060', 'everything'),
      blocked(2, 'udp:5060', 'everything'),
      blocked(3, 'tls:443', 'everything'),
    ]);
    expect(briefOf(all)).toBe('1-3: everything');
    expect(explainCell(all)).toBe(
      `No step got through, as expected; step 3 by TLS 443: ${dropped('everything')}`,
    );
    const witness = { end: 'failed', code: 'CERTIFICATE_UNTRUSTED' } as const;
    const last = attempt(3, 'connect:443', 'blocked', { witness, evidence: [resigned] });
    expect(briefOf(cell([blocked(1, 'udp:5060', 'x'), last]))).toBe("1: x; 3: proxy's certificate");
  });

  it('of a UE that moves has the attempts at the other firewall', () => {
    const one = cell(
      [passed(1, 'udp:5060'), blocked(1, 'udp:5060', 'x', { at: '8' }), passed(3, 'tls:443', { at: '8' })],
      { to: '8' },
    );
    expect(briefOf(one)).toBe('1: x');
    expect(explainCell(one)).toBe(
      'Step 3 got through, as expected, over TLS 443 in 265 ms; step 1 was blocked (x)',
    );
  });

  it('tells of a step that the phone could not try', () => {
    const cannot = attempt(2, 'tls:5061', 'unsupported', {
      witness: { end: 'unsupported' },
      reason: 'no TLS',
    });
    const one = cell([blocked(2, 'udp:5060', 'x'), cannot, passed(3, 'tls:443')]);
    expect(briefOf(one)).toBe('2: x');
    expect(explainCell(one)).toMatch(/; step 2 was blocked \(x\) and was not possible$/);
  });
});

describe('a cell that is unexpected', () => {
  it('has the attempt that ended otherwise than it should', () => {
    const one = cell([blocked(2, 'udp:5060', 'x', { expected: 'passed' }), passed(3, 'tls:443')], {
      ...{ expected: 2, outcome: 'unexpected' },
    });
    expect(briefOf(one)).toBe('not 2; 2: x');
    expect(explainCell(one)).toBe(
      `Got through at step 3, expected step 2; step 2 by UDP 5060: ${dropped('x')}; step 3 had begun by then; it was expected to get through`,
    );
  });

  it('with the right step has the single attempt', () => {
    const open = passed(3, 'tls:443', { expected: 'blocked' });
    const one = cell([passed(2, 'tls:5061'), open], { outcome: 'unexpected' });
    expect(briefOf(one)).toBe('3: got through');
    expect(explainCell(one)).toBe(
      'Got through at step 2 as expected, but single attempts did not end as expected; step 3 by TLS 443: got through over TLS 443 in 265 ms; it was expected to be blocked',
    );
  });

  it('without proof has the code, and blames no firewall', () => {
    const late = attempt(3, 'tls:443', 'failed', { expected: 'passed', reason: 'Timer F (TIMEOUT)' });
    const one = cell([late], { outcome: 'unexpected', expected: 3 });
    expect(briefOf(one)).toBe('not 3; 3: failed, TIMEOUT');
    expect(explainCell(one)).toContain('nothing shows that a firewall or a proxy refused it');
  });

  it('and known says why it is known', () => {
    const one = cell([blocked(2, 'udp:5060', 'x', { expected: 'passed' })], {
      expected: 2,
      outcome: 'unexpected',
    });
    expect(explainCell(one, { known: 'kernel 5.4\u001B[2J' })).toMatch(/; this is known: kernel 5.4 \[2J$/);
  });
});

test('a flaky cell says how often which rung got through, and why it did not', () => {
  const one = cell(
    [
      passed(2, 'tls:5061'),
      blocked(2, 'tls:5061', 'x', { id: 'b', round: 2, expected: 'passed' }),
      passed(2, 'tls:5061', { round: 3 }),
    ],
    { outcome: 'flaky' },
  );
  expect(briefOf(one)).toBe('flaky, through in 2 of 3');
  expect(explainCell(one)).toBe(
    `Its rounds differ: step 2 by TLS 5061 got through in 2 of 3 rounds; round 2: step 2 by TLS 5061: ${dropped('x')}; it was expected to get through`,
  );
});

test('a cell that could not be judged names the outage', () => {
  const outage = { kind: 'outage', node: 'pcscf', at: 0, text: 'has ended' } as const;
  const lost = attempt(2, 'udp:5060', 'inconclusive', {
    ...{ evidence: [outage], witness: { end: 'abandoned' }, expected: 'passed' },
  });
  const one = cell([blocked(1, 'udp:5060', 'x'), lost], { outcome: 'inconclusive' });
  expect(briefOf(one)).toBe('2: pcscf was down');
  expect(explainCell(one)).toBe(
    'It could not be judged, for want of 1 of 2 attempts; step 2 by UDP 5060: could not be judged, and shows nothing of the firewall: pcscf was out of order, known 0 ms after the attempt began: has ended',
  );
});

test('a cell that nobody tried says so', () => {
  const skipped = cell([], { outcome: 'skipped' });
  expect(briefOf(skipped)).toBe('not measured');
  expect(explainCell(skipped)).toBe('It was not measured: the run ended before it was finished');
  const cannot = attempt(3, 'tls:443', 'unsupported', { witness: { end: 'unsupported' }, reason: 'no TLS' });
  const unsupported = cell([cannot], { outcome: 'unsupported' });
  expect(briefOf(unsupported)).toBe('not possible');
  expect(explainCell(unsupported)).toBe(
    'Nothing of it could be tried; step 3 by TLS 443: the phone or a server cannot do it: no TLS',
  );
});
